import { beforeAll, describe, expect, test } from 'vitest';
import { knownOf } from './host.ts';
import { IDS } from './ids.ts';
import { judge } from './judge.ts';
import { EDGE_NODE, GROUP, type Life, play } from './play.ts';
import { SPOILS } from './spoil.ts';
import type { RawMessage } from './tap.ts';
import type { Verdicts } from './verdicts.ts';

/* A coordinator as an edge node at Debian's mosquitto, judged by what crosses the wire between them, which protoc reads. */

const lives = new Map<string | number, Life>();
/** Side by side, as they mostly wait. */
beforeAll(async () => {
  await Promise.all((['3.1.1', 5] as const).map(async (version) => lives.set(version, await play(version))));
}, 180_000);

describe.each(['3.1.1', 5] as const)('MQTT %s', (version) => {
  let life: Life;
  let verdicts: Verdicts;
  beforeAll(() => {
    life = lives.get(version) as Life;
    verdicts = judge(GROUP, EDGE_NODE, life.connections, Date.now());
  });

  test.each(IDS[version])('tck-id-%s', (id) => {
    const { applied, faults } = verdicts.of(id);
    expect(faults).toEqual([]);
    expect(applied).toBeGreaterThan(0);
  });

  test('the judge says nothing of assertions that are not listed', () => {
    expect(verdicts.ids).toEqual([...IDS[version]].sort());
  });

  test('every one of these is found when it is broken', () => {
    const found = new Set<string>();
    for (const [what, spoil] of SPOILS) {
      const spoilt = structuredClone(life.connections) as Parameters<typeof spoil>[0];
      spoil(spoilt);
      const { broken } = judge(GROUP, EDGE_NODE, spoilt, Date.now());
      // where the reason of a disconnect does not exist it cannot be wrong
      if (!(version === '3.1.1' && what === 'a plain disconnect')) expect(broken, what).not.toEqual([]);
      for (const id of broken) found.add(id);
    }
    expect(IDS[version].filter((id) => !found.has(id))).toEqual([]);
  });

  test('tck-id-topics-ddata-payload: what a host knows in the end is what is', () => {
    expect(knownOf('N1', life.before)).toMatchObject({
      'State/liveness': 'alive',
      'State/cordoned': false,
      'State/domain': 'A',
      'State/instances': 0,
      'State/replacement': null,
      'Properties/Hardware Make': 'Test',
      'Properties/Serial Number': 'SN1',
      'Properties/OS': null,
      'Sensors/bmc/FAN1': null,
      'Sensors/bmc/PSU 1': false,
      'Sensors/cpu/busy': 12.3,
      'Sensors/hwmon/é': 41.3,
    });
  });

  test('a host hears all of it, in the order in which it was said', () => {
    // deaths are also said by the broker: as wills, and with MQTT 5 after each one of our own
    const alive = (messages: readonly RawMessage[]) => messages.filter(({ topic }) => !topic.includes('/NDEATH/'));
    const heard = alive(life.heard);
    const sent = alive(life.sent);
    expect(heard.map(({ topic }) => topic)).toEqual(sent.map(({ topic }) => topic));
    for (const [index, { payload }] of heard.entries())
      expect(payload.equals(sent[index]?.payload as Buffer)).toBe(true);
  });

  test('what was done is counted', () => {
    const births = life.before.filter(({ topic }) => topic.includes('/NBIRTH/')).length;
    expect(life.counters).toEqual({ sessions: births - 1, published: expect.any(Number), rebirths: 1, refused: {} });
    expect(life.counters.published).toBeGreaterThanOrEqual(life.calm);
    expect(life.counters.published).toBeLessThanOrEqual(life.before.length);
  });
});
