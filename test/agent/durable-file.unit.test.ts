import { closeSync, fsyncSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDurably } from '../../agent/durable-file.ts';
import { CutDisk } from './cut-disk.ts';

const CALLS = 8; // of one write, as counted by the last test

test.each(Array.from({ length: CALLS + 1 }, (_, calls) => calls))(
  'with the power cut after %i calls, the file holds the old or the new content whole',
  (calls) => {
    const disk = new CutDisk('/state', { '/state/agent.json': 'old one' }, calls);
    let finished = true;
    try {
      writeDurably('/state/agent.json', 'new', disk);
    } catch {
      finished = false;
    }
    const outcomes = disk.afterTheCut('/state/agent.json');
    for (const outcome of outcomes) expect(['old one', 'new']).toContain(outcome);
    if (finished) expect([...outcomes]).toEqual(['new']); // what was said to be written is
  },
);

test('that many calls are all that it takes, and fewer do not suffice', () => {
  expect(() => writeDurably('/state/a', 'x', new CutDisk('/state', {}, CALLS))).not.toThrow();
  expect(() => writeDurably('/state/a', 'x', new CutDisk('/state', {}, CALLS - 1))).toThrow('the power is off');
});

test('a disk that keeps nothing it was not told to sync is seen to lose a careless write', () => {
  const disk = new CutDisk('/state', { '/state/a': 'old one' }, 100);
  disk.writeFileSync(disk.openSync('/state/a', 'w'), 'new');
  expect(disk.afterTheCut('/state/a')).toContain('n');
});

test('on a real disk it leaves the content and nothing beside it; an error leaves the old one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-durable-'));
  try {
    const path = join(folder, 'a');
    writeDurably(path, 'one');
    const full = () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const calls = { openSync, closeSync, fsyncSync, renameSync, rmSync, writeFileSync: full };
    expect(() => writeDurably(path, 'two', calls)).toThrow('ENOSPC');
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['a']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
