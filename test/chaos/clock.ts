import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A wall clock that steps while processes run, by libfaketime: it reads the offset anew at each call. The monotonic clock stays
 * the machine's own, as with a real step.
 */

/** Debian keeps it in a folder for each architecture. */
export function faketimeLibrary(): string | null {
  const libraries = '/usr/lib';
  const folders = existsSync(libraries) ? readdirSync(libraries) : [];
  return (
    folders
      .map((folder) => join(libraries, folder, 'faketime/libfaketimeMT.so.1'))
      .find((library) => existsSync(library)) ?? null
  );
}

export class WallClock {
  readonly #file: string;
  readonly environment: Readonly<Record<string, string>>;

  constructor(directory: string, library: string) {
    this.#file = join(directory, 'wall-clock');
    this.step(0);
    this.environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Of all processes that have the environment: so far from the machine's own from now on. */
  step(offsetS: number): void {
    writeFileSync(this.#file, `${offsetS < 0 ? '' : '+'}${offsetS}\n`);
  }
}
