import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Folders whose sources end up in the bundles. */
export const PROGRAM_FOLDERS = ['protocol', 'hw', 'agent', 'placement', 'coordinator', 'cli'] as const;

/**
 * Every file that is bundled as a program of its own, as name in dist → source: the command, and whatever some source
 * starts as a thread or process by `sibling(import.meta.url, './file.ts')`. Found rather than listed, so that none is
 * forgotten, which would show only when it is started.
 */
export async function findPrograms(root: string): Promise<Record<string, string>> {
  const programs: Record<string, string> = { evenkeel: 'cli/main.ts' };
  for (const folder of PROGRAM_FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile() && each.name.endsWith('.ts'))) {
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      for (const [, file = ''] of text.matchAll(/\bsibling\(\s*import\.meta\.url,\s*'([^']+)'/g)) {
        const source = join(entry.parentPath.slice(join(root, '/').length), file);
        const name = basename(file, '.ts');
        const other = programs[name];
        if (other !== undefined && other !== source)
          throw new Error(`${source} and ${other} would both become ${name}.js: rename one`);
        programs[name] = source;
      }
    }
  }
  return programs;
}
