import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Administrators' folders are not in everybody's PATH. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of a program of Debian's, or null. */
export function lookFor(name: string): string | null {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** As `lookFor`; throws where it is not installed. */
export function findTool(name: string): string {
  const found = lookFor(name);
  if (!found) throw new Error(`${name} is not installed: bash scripts/install-debian.sh installs what the tests need`);
  return found;
}
