import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Hardware } from '../../agent/hardware.ts';
import { runAgent } from '../../agent/main.ts';
import { plainHardware } from './plain-hardware.ts';
import { Stage, until } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

type Found = Awaited<ReturnType<Hardware['inventory']>>;

test('an agent that starts anew says hello before it has looked around again; what has changed is said then', async () => {
  const first = await runAgent(stage.config, plainHardware());
  await until('it says hello', () => stage.hellos[0]);
  await first.stop();

  const before = stage.hellos.length;
  const looked = Promise.withResolvers<Found>();
  const second = await runAgent(stage.config, { ...plainHardware(), inventory: () => looked.promise });
  try {
    const hello = await until('it says hello again', () => stage.hellos[before]);
    expect(hello.inventory).toEqual(stage.hellos[0]?.inventory);
    expect(hello.bootId).toBeGreaterThan(stage.hellos[0]?.bootId ?? 0);
    const found = await plainHardware().inventory();
    const disks = [{ name: 'sdz', type: 'SSD', bytes: 1e12 }];
    looked.resolve({ ...found, inventory: { ...found.inventory, disks } });
    const later = await until('it says what is new', () =>
      stage.hellos.slice(before).find(({ inventory }) => inventory.disks.length > 0),
    );
    expect(later.inventory.disks).toEqual(disks);
  } finally {
    await second.stop();
  }
  expect(stage.invalid).toEqual([]);
});
