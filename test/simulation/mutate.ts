import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/runtime.mjs';
import type { Mutant } from './mutants.ts';

/** Breaks one place in the source of one module, as it is loaded into this thread. Must be called before it is. */
export function breakModule({ name, file, from, to }: Mutant): void {
  const url = pathToFileURL(join(ROOT, file)).href;
  registerHooks({
    load(address, context, next) {
      const loaded = next(address, context);
      if (address !== url) return loaded;
      const source = String(loaded.source);
      const parts = source.split(from);
      if (parts.length !== 2)
        throw new Error(`${file} holds ${parts.length - 1} places to break for the mutant "${name}"`);
      return { ...loaded, source: parts.join(to) };
    },
  });
}
