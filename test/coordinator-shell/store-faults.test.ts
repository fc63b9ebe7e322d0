import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openSqliteStore } from '../../coordinator/store/sqlite.ts';
import { afterwards, eventually, temporaryFolder } from './temporary.ts';

/* Disks that fail and disks that are full, for a real process that writes to a real file. */

const WRITER = join(import.meta.dirname, 'store-writer.ts');

beforeAll(() => {
  try {
    execFileSync('strace', ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error('strace is missing: bash scripts/install-debian.sh installs what the tests need');
  }
});

/** What the writer said so far, by number: null for accepted, otherwise the code. */
function heard(child: ChildProcess): Map<number, string | null> {
  const answers = new Map<number, string | null>();
  let rest = '';
  child.stdout!.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [number, code = null] = line.split(' ');
      answers.set(Number(number), code);
    }
  });
  return answers;
}

/** All that was accepted is there, once and in order, and nothing of what was refused. */
function expectStored(file: string, answers: ReadonlyMap<number, string | null>): void {
  const accepted = [...answers].filter(([, code]) => code === null).map(([number]) => number);
  const store = openSqliteStore(file);
  afterwards(() => store.close());
  expect(store.journal(0, 100_000).map(({ text }) => text)).toEqual(accepted.map((number) => `commit ${number}`));
  expect(store.load().slots[0]?.generation).toBe(accepted.at(-1));
}

test.each([
  ['syncing', 'fsync,fdatasync:error=EIO:when=30+7'],
  ['writing', 'pwrite64:error=EIO:when=60+31'],
  ['writing for want of room', 'pwrite64:error=ENOSPC:when=60+31'],
])('%s fails now and then: what is refused did not happen, what is accepted stays', async (_, inject) => {
  const file = join(temporaryFolder(), 'evenkeel.db');
  openSqliteStore(file).close();
  const args = ['-f', '-qq', '-o', '/dev/null', '-P', file, '-P', `${file}-wal`];
  const child = spawn(
    'strace',
    [...args, '-e', `trace=${inject.split(':')[0]}`, '-e', `inject=${inject}`, process.execPath, WRITER, file, '150'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const answers = heard(child);
  await once(child, 'close');
  expect(answers.size).toBe(150);
  const refused = [...answers.values()].filter((code) => code !== null);
  expect(refused.length).toBeGreaterThan(3);
  expect(refused.length).toBeLessThan(100);
  for (const code of refused) expect(['STORE_FAILED', 'STORE_FULL']).toContain(code);
  expectStored(file, answers);
});

test('it is on disk before it is said to be', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'evenkeel.db');
  const trace = join(folder, 'trace');
  const args = ['-f', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync,write', '-e', 'signal=none'];
  const child = spawn('strace', [...args, process.execPath, WRITER, file, '20'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const answers = heard(child);
  await once(child, 'close');
  expect(answers.size).toBe(20);
  let synced = 0;
  let said = 0;
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    if (/f(data)?sync\(.*= 0$|<\.\.\. f(data)?sync resumed>.*= 0$/.test(line)) synced++;
    else if (/write\(1, "\d+\\n"/.test(line)) {
      expect(synced, line).toBeGreaterThan(0);
      synced = 0;
      said++;
    }
  }
  expect(said).toBe(20);
});

test('a full disk refuses, loses nothing, and when there is room it goes on by itself', async () => {
  const { folder, command, makeRoom } = smallDisk();
  const file = join(folder, 'evenkeel.db');
  const [program = '', ...args] = [...command, process.execPath, WRITER, file, 'Infinity', '1'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const answers = heard(child);
  await eventually('a commit that finds no room', () => [...answers.values()].some((code) => code !== null));
  const accepted = () => [...answers].filter(([, code]) => code === null).map(([number]) => number);
  if (makeRoom) {
    const before = accepted().length;
    makeRoom();
    await eventually('commits with room', () => accepted().length > before + 20);
  }
  child.kill('SIGTERM');
  await once(child, 'close');
  for (const code of answers.values()) expect([null, 'STORE_FULL', 'STORE_FAILED']).toContain(code);
  // the last commit may have been under way when it ended
  const store = openSqliteStore(file);
  const stored = store.journal(0, 100_000).map(({ text }) => Number(text.replace('commit ', '')));
  store.close();
  expect(stored.slice(0, accepted().length)).toEqual(accepted());
  expect(stored.length - accepted().length).toBeLessThanOrEqual(1);
});

interface SmallDisk {
  readonly folder: string;
  readonly command: readonly string[]; // that runs a program on it
  readonly makeRoom: (() => void) | null; // null: there is no way
}

/** A file system of 2 MiB that is nearly full; whoever may not mount one has files that may not grow instead. */
function smallDisk(): SmallDisk {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return { folder, command: ['bash', '-c', 'trap "" XFSZ; ulimit -f 400; exec "$@"', 'bash'], makeRoom: null };
  }
  afterwards(() => execFileSync('umount', ['--lazy', folder]));
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(1_500_000));
  return { folder, command: [], makeRoom: () => rmSync(ballast) };
}
