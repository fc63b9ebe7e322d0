import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runQuietly } from '../child.mjs';
import type { PackedFile } from './contents.ts';

export interface Deb {
  readonly control: (installedBytes: number) => string;
  readonly files: readonly PackedFile[];
  readonly emptyFolders: readonly string[];
  readonly scripts: readonly PackedFile[];
  /** Every time stamp in the package, in seconds since 1970. */
  readonly epochS: number;
  readonly compressionLevel: number; // zstd's: 1 to 22
}

/**
 * Writes a Debian package: the same bytes from the same files, since owner, mode, time and order of everything are set, and one
 * thread compresses. Throws with dpkg-deb's own words when that fails. Returns what its files take when installed, in bytes.
 */
export async function writeDeb(deb: Deb, target: string): Promise<number> {
  const tree = mkdtempSync(join(tmpdir(), 'evenkeel-deb-'));
  try {
    for (const file of deb.files) place(join(tree, file.to), file);
    for (const folder of deb.emptyFolders) mkdirSync(join(tree, folder), { recursive: true });
    const installedBytes = deb.files.reduce((sum, { to }) => sum + statSync(join(tree, to)).size, 0);
    for (const script of deb.scripts) place(join(tree, 'DEBIAN', script.to), script);
    place(join(tree, 'DEBIAN/control'), { to: '', from: { text: deb.control(installedBytes) }, mode: 0o644 });
    settle(tree, deb.epochS);
    mkdirSync(dirname(target), { recursive: true });
    const args = [
      '--root-owner-group',
      '-Zzstd',
      `-z${deb.compressionLevel}`,
      '--threads-max=1',
      '--build',
      tree,
      target,
    ];
    const { code, output } = await runQuietly('dpkg-deb', args, {
      env: { PATH: process.env.PATH, LC_ALL: 'C', SOURCE_DATE_EPOCH: String(deb.epochS) },
    });
    if (code !== 0) throw new Error(`dpkg-deb ended with exit code ${code}:\n${output.trim()}`);
    return installedBytes;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function place(path: string, { from, mode }: PackedFile): void {
  mkdirSync(dirname(path), { recursive: true });
  if ('path' in from) copyFileSync(from.path, path);
  else writeFileSync(path, from.text);
  chmodSync(path, mode);
}

/** Folders last: what is done inside one touches its time. */
function settle(folder: string, epochS: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settle(path, epochS);
    else utimesSync(path, epochS, epochS);
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, epochS, epochS);
}
