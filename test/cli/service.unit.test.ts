import { describe, expect, test } from 'vitest';
import { supervisorOf } from '../../cli/service/supervisor.ts';
import { look, type Progress, type Vitality } from '../../cli/service/vitality.ts';

describe('progress', () => {
  const part = (name: string, count: number, mayRestMs = 1000): Progress => ({ part: name, count, mayRestMs });
  const looks = (...steps: readonly (readonly [number, readonly Progress[]])[]) => {
    let vitality: Vitality = new Map();
    return steps.map(([nowMs, parts]) => {
      const seen = look(vitality, parts, nowMs);
      vitality = seen.vitality;
      return seen.stuck;
    });
  };

  test('what moves is not stuck, however long it runs', () => {
    const steps = Array.from({ length: 50 }, (_, i) => [i * 900, [part('loop', i)]] as const);
    expect(looks(...steps).flat()).toEqual([]);
  });

  test('a part that rests for longer than it may is named, also beside others that move', () => {
    expect(
      looks(
        [0, [part('loop', 1), part('thread', 1)]],
        [1000, [part('loop', 2), part('thread', 1)]],
        [1001, [part('loop', 3), part('thread', 1)]],
        [1002, [part('loop', 4), part('thread', 2)]],
      ),
    ).toEqual([[], [], ['thread'], []]);
  });

  test('with no rest allowed, each look must find it moved', () => {
    expect(looks([0, [part('loop', 1, 0)]], [10, [part('loop', 2, 0)]], [20, [part('loop', 2, 0)]])).toEqual([
      [],
      [],
      ['loop'],
    ]);
  });

  test('a count that starts anew has moved', () => {
    expect(looks([0, [part('loop', 900)]], [5000, [part('loop', 1)]])).toEqual([[], []]);
  });
});

describe('the supervisor', () => {
  const environment = { EVENKEEL_NOTIFY_FD: '3', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' };

  test('is told in one datagram, and says within what time it waits', () => {
    const sent: [number, string][] = [];
    const supervisor = supervisorOf(environment, 42, (descriptor, text) => sent.push([descriptor, text]));
    supervisor?.tell('READY=1', 'STATUS=running');
    expect(sent).toEqual([[3, 'READY=1\nSTATUS=running']]);
    expect(supervisor?.watchdogMs).toBe(30_000);
  });

  test('that does not listen costs nothing', () => {
    const supervisor = supervisorOf(environment, 42, () => {
      throw Object.assign(new Error('busy'), { code: 'EAGAIN' });
    });
    expect(() => supervisor?.tell('WATCHDOG=1')).not.toThrow();
  });

  test.each([
    ['another process is watched', { ...environment, WATCHDOG_PID: '41' }],
    ['nobody watches', { EVENKEEL_NOTIFY_FD: '3' }],
    ['the time is none', { ...environment, WATCHDOG_USEC: 'soon' }],
  ])('waits for no beat when %s', (_, given) => {
    expect(supervisorOf(given, 42)?.watchdogMs).toBe(null);
  });

  test.each([[{}], [{ EVENKEEL_NOTIFY_FD: '' }], [{ EVENKEEL_NOTIFY_FD: '1' }], [{ EVENKEEL_NOTIFY_FD: 'x' }]])(
    'is none with %j',
    (given) => {
      expect(supervisorOf(given, 42)).toBe(null);
    },
  );
});
