import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runService, type Service } from '../../cli/service/run-service.ts';
import type { Supervisor } from '../../cli/service/supervisor.ts';

/** A service whose configuration is one word; `broken` cannot be read, `unlucky` cannot be started with. */
let word: string;
let life: string[];
let told: string[];
let turns: number;
let beats: number;
const supervisor: Supervisor = { watchdogMs: 30, tell: (...lines) => told.push(lines.join(' ')) };

const service: Service<string> = {
  name: 'thing',
  load: () => {
    if (word === 'broken') throw new Error('word: broken is not allowed');
    return word;
  },
  fixed: (before, after) => (before[0] === after[0] ? [] : ['the first letter']),
  start: async (config) => {
    life.push(`start ${config}`);
    if (config === 'unlucky') throw new Error('the port is taken');
    return {
      progress: () => [{ part: 'loop', count: turns, mayRestMs: 0 }],
      beat: () => {
        beats++; // what winds up the hardware's watchdog
      },
      stop: async () => {
        life.push(`stop ${config}`);
      },
    };
  },
};

let end: () => void;
let ended: Promise<void>;
beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  [word, life, told, turns, beats] = ['up', [], [], 0, 0];
  ended = runService(service, supervisor, new Promise((resolve) => (end = () => resolve())));
});
afterEach(() => vi.restoreAllMocks());

const reloadWith = (next: string) => {
  word = next;
  process.emit('SIGHUP');
};
const heard = (text: string) => vi.waitFor(() => expect(told.join('\n')).toContain(text), 5000);

test('it says that it is ready, and that it stops', async () => {
  await heard('READY=1 STATUS=running');
  end();
  await ended;
  expect(told.at(-1)).toBe('STOPPING=1');
  expect(life).toEqual(['start up', 'stop up']);
});

test.each([
  ['broken', 'word: broken is not allowed', ['start up', 'stop up']],
  ['down', 'the first letter can be changed by a restart only', ['start up', 'stop up']],
  ['unlucky', 'the port is taken', ['start up', 'stop up', 'start unlucky', 'start up', 'stop up']],
  ['upper', 'read anew', ['start up', 'stop up', 'start upper', 'stop upper']],
])('a reload with %j', async (next, text, expected) => {
  await heard('READY=1');
  reloadWith(next);
  await heard(text);
  expect(told.filter((line) => line.startsWith('READY=1')).length).toBeGreaterThanOrEqual(2);
  end();
  await ended;
  expect(life).toEqual(expected);
});

test('it beats while it makes progress, and says when it makes none', async () => {
  const heardBeats = () => told.filter((line) => line === 'WATCHDOG=1').length;
  const turning = setInterval(() => turns++, 1);
  await vi.waitFor(() => expect(heardBeats()).toBeGreaterThan(3), 5000);
  clearInterval(turning);
  await heard('no progress: loop');
  const before = heardBeats();
  turns++; // once more: the next look finds it moved
  await vi.waitFor(() => expect(heardBeats()).toBe(before + 1), 5000);
  expect(beats).toBe(heardBeats());
  end();
  await ended;
});
