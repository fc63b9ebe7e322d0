import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** The licences of all that is bundled, in the lock file's order: their text must go with the program. */
export function noticesOf(root: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .filter(([path]) => existsSync(join(root, path)))
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return `${name} ${version}: ${license}\n\n${licenceText(join(root, path))}`;
    })
    .join(`\n${'-'.repeat(80)}\n`);
}

function licenceText(folder: string): string {
  const file = readdirSync(folder)
    .filter((name) => /^licen[cs]e/i.test(name))
    .sort()[0];
  return file === undefined ? '(brings no text of it)\n' : readFileSync(join(folder, file), 'utf8');
}
