import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hardware } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';
import type { Bmc, BmcIdentity } from '../../hw/bmc.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { plainHardware } from './plain-hardware.ts';
import { Stage, until } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

const unused = async () => {
  throw new OperatingError('BMC_REFUSED', 'not in this test');
};
const OF_BMC: BmcIdentity = { guid: 'G', serial: 'SN-BMC' };

function withBmc(identity: () => Promise<BmcIdentity>, sensors: Bmc['sensors']): Hardware {
  const bmc: Bmc = { power: unused, powerOff: unused, powerOn: unused, identity, sensors };
  return { ...plainHardware(bmc), identity: async (asked) => (await asked?.identity().catch(() => null)) ?? null };
}
const readingOf = (sensor: string) => stage.sensors.readings()?.find((reading) => reading.sensor === sensor);

test('a BMC that hangs holds up neither the hello nor other readings; when it answers, that is told', async () => {
  let asked = 0;
  const identity = async () => {
    asked++;
    return OF_BMC;
  };
  const first = await runAgent(
    stage.config,
    withBmc(identity, async () => []),
  );
  await until('it says hello', () => stage.hellos[0]);
  expect(stage.hellos[0]?.server).toMatchObject({ serial: 'SN-BMC', inBand: OF_BMC });
  expect(asked).toBe(1);
  await first.stop();

  let answer: (identity: BmcIdentity) => void = () => {};
  const hanging = new Promise<BmcIdentity>((resolve) => {
    answer = resolve;
  });
  const before = stage.hellos.length;
  const second = await runAgent(
    stage.config,
    withBmc(
      () => hanging,
      () => new Promise(() => {}),
    ),
  );
  try {
    const hello = await until('it says hello again', () => stage.hellos[before]);
    expect(hello.server.serial).toBe('SN-BMC'); // as it is remembered
    expect(hello.server.inBand).toBeUndefined();
    await until('its load is reported', () => readingOf('load/1'));
    answer(OF_BMC);
    const later = await until('it says who it is', () =>
      stage.hellos.slice(before).find(({ server }) => server.inBand),
    );
    expect(later.server).toMatchObject({ serial: 'SN-BMC', inBand: OF_BMC });
  } finally {
    await second.stop();
  }
  expect(stage.invalid).toEqual([]);
});

test('whether it answers, and how fast, are readings that nothing judges', async () => {
  let silent = false;
  const sensors = async () => {
    if (silent) throw new OperatingError('BMC_UNREACHABLE', 'nobody there');
    return [{ sensor: 'bmc/FAN1', value: 5400, unit: 'RPM' as const }];
  };
  const agent = await runAgent(
    stage.config,
    withBmc(async () => OF_BMC, sensors),
  );
  try {
    await until('its fan is reported', () => readingOf('bmc/FAN1'));
    expect(readingOf('bmc/self/answers')).toEqual({ sensor: 'bmc/self/answers', value: 1, unit: 'state' });
    expect(readingOf('bmc/self/answer time')?.value).toBeGreaterThanOrEqual(1);
    silent = true;
    await until('it is silent', () => readingOf('bmc/self/answers')?.value === 0);
    expect(readingOf('bmc/self/answer time')?.value).toBeNull();
    expect(readingOf('bmc/FAN1')).toBeUndefined();
  } finally {
    await agent.stop();
  }
});

test('what the firmware says of the server is said at once, though its BMC hangs', async () => {
  const firmware: BmcIdentity = { guid: 'F', serial: '' };
  const hanging = () => new Promise<never>(() => {});
  const hardware = (identity: () => Promise<BmcIdentity>): Hardware => ({
    ...withBmc(identity, hanging),
    identity: async () => firmware,
  });
  const first = await runAgent(
    stage.config,
    hardware(async () => OF_BMC),
  );
  await until('it says hello', () => stage.hellos[0]);
  await first.stop();
  const before = stage.hellos.length;
  const second = await runAgent(stage.config, hardware(hanging));
  try {
    const hello = await until('it says hello again', () => stage.hellos[before]);
    expect(hello.server).toMatchObject({ serial: 'SN-BMC', inBand: firmware });
  } finally {
    await second.stop();
  }
});
