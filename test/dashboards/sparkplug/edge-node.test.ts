import { beforeAll, describe, expect, test } from 'vitest';
import { knownOf } from './host.ts';
import { IDS } from './ids.ts';
import { judge } from './judge.ts';
import { EDGE_NODE, GROUP, type Life, play } from './play.ts';
import { SPOILS } from './spoil.ts';
import type { Verdicts } from './verdicts.ts';

/* A coordinator as an edge node at Debian's mosquitto, judged by what crosses the wire between them, which protoc reads. */

describe.each(['3.1.1', 5] as const)('MQTT %s', (version) => {
  let life: Life;
  let verdicts: Verdicts;
  beforeAll(async () => {
    life = await play(version);
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
    const isDeath = (topic: string) => topic.includes('/NDEATH/');
    // with MQTT 5 the broker says each death once more
    const heard = life.heard.filter(
      ({ topic }, index) => !(isDeath(topic) && isDeath(life.heard[index - 1]?.topic ?? '')),
    );
    expect(heard.map(({ topic }) => topic)).toEqual(life.sent.map(({ topic }) => topic));
    for (const [index, { topic, payload }] of heard.entries())
      if (!isDeath(topic)) expect(payload.equals(life.sent[index]?.payload ?? Buffer.of())).toBe(true);
  });

  test('what was done is counted', () => {
    const { length } = life.sent.filter(({ topic }) => !topic.includes('/NDEATH/'));
    expect(life.counters).toEqual({ sessions: 1, published: length - 1, rebirths: 1, refused: {} });
  });
});
