import { afterEach, describe, expect, test } from 'vitest';
import type { Bmc } from '../../hw/bmc.ts';
import { Reading } from '../../protocol/reading.ts';
import { waitFor } from './wait-for.ts';

/**
 * What every BMC promises, whichever way it is reached. `mayPowerOff` where nothing but a test hangs on its server: real
 * hardware is only read.
 */
export function bmcContract(
  name: string,
  reach: () => Bmc | Promise<Bmc>,
  { mayPowerOff }: { mayPowerOff: boolean },
): void {
  describe(`the contract of a BMC: ${name}`, () => {
    const opened: Bmc[] = [];
    const open = async () => {
      const bmc = await reach();
      opened.push(bmc);
      return bmc;
    };
    afterEach(async () => {
      for (const bmc of opened.splice(0)) await bmc.close?.(); // a real one has few sessions
    });

    test('it says whether its server has power', async () => {
      expect(['on', 'off']).toContain(await (await open()).power());
    });

    test('its readings are valid, each name is there once, and the names stay', async () => {
      const bmc = await open();
      const first = await bmc.sensors();
      expect(first.length).toBeGreaterThan(0);
      for (const reading of first) {
        expect(() => Reading.parse(reading)).not.toThrow();
        expect(reading.sensor).toMatch(/^bmc\//);
        if (reading.value === null) expect(reading.level).toBeUndefined();
      }
      const names = first.map(({ sensor }) => sensor);
      expect(new Set(names).size).toBe(names.length);
      expect((await bmc.sensors()).map(({ sensor }) => sensor)).toEqual(names);
    });

    test('it says which server it is, always the same', async () => {
      const bmc = await open();
      const identity = await bmc.identity();
      expect(identity.guid + identity.serial).not.toBe('');
      expect(await bmc.identity()).toEqual(identity);
    });

    test('its log starts with what is new', async () => {
      expect((await (await open()).events?.()) ?? []).toEqual([]);
    });

    test('what it holds it gives back, and answers again afterwards', async () => {
      const bmc = await open();
      const power = await bmc.power();
      await bmc.close?.();
      await bmc.close?.();
      expect(await bmc.power()).toBe(power);
      await bmc.close?.();
    });

    test('questions asked at once are all answered', async () => {
      const bmc = await open();
      const [power, readings, identity] = await Promise.all([bmc.power(), bmc.sensors(), bmc.identity()]);
      expect(power).toBe(await bmc.power());
      expect(readings.length).toBeGreaterThan(0);
      expect(identity).toEqual(await bmc.identity());
    });

    test.runIf(mayPowerOff)(
      'it switches power off and on; commands for what is so already change nothing',
      async () => {
        const bmc = await open();
        const until = (state: string) => waitFor(`it says ${state}`, async () => (await bmc.power()) === state);
        await bmc.powerOff();
        await until('off');
        await bmc.powerOff().catch(() => {}); // some answer an error
        await until('off');
        await bmc.powerOn();
        await until('on');
        await bmc.powerOn().catch(() => {});
        await until('on');
      },
    );
  });
}
