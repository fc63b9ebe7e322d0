import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Folders of administrators' programs, which are not in everybody's PATH. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program that may be run, by its name or its path; null where there is none. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | null {
  const candidates = name.startsWith('/') ? [name] : [...path.split(':'), ...ALSO].map((folder) => join(folder, name));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
