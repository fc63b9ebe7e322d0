import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPower, type Power } from '../../coordinator/shell/power.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import type { RemoteBmcConfig } from '../../protocol/bmc-config.ts';
import { type Fence, type FenceOptions, startFence } from './fence.ts';
import { type FencedServer, serverWithIpmi, serverWithRedfish } from './fenced-server.ts';
import { isAlive } from './is-alive.ts';
import { waitFor } from './wait-for.ts';

// the coordinator's decision, its way to BMCs, and a server with a process on it: off is proved, or nothing follows

const SETTLE_MS = 150;
const SETTLE_OF_HASTY_MS = 1000; // three times what that one is ahead by

describe.each([
  ['IPMI', serverWithIpmi],
  ['Redfish', serverWithRedfish],
])('fencing over %s', (_, start) => {
  let directory: string;
  let server: FencedServer;
  let power: Power;
  let fence: Fence | null = null;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ek-fence-'));
    server = await start(join(directory, 'one'), 'SN-1');
  });
  afterEach(async () => {
    await fence?.end();
    fence = null;
    await power.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  function begin(config: RemoteBmcConfig = server.config, options: FenceOptions = {}): Fence {
    power = openPower({ '*': config }, join(directory, 'coordinator'), () => server.identity);
    fence = startFence(power, server.identity, { settleMs: SETTLE_MS, ...options });
    return fence;
  }
  const until = (what: string, begun: Fence, condition: () => boolean) =>
    waitFor(what, () => {
      begun.tick();
      // whatever is waited for: nothing is given up that still runs
      if (begun.isLost()) expect(isAlive(server.pid)).toBe(false);
      return condition();
    });
  const says = (begun: Fence, pattern: RegExp) =>
    until(`the journal says ${pattern}`, begun, () => begun.journal.some((line) => pattern.test(line)));

  test('off: it was told, and has said so twice', async () => {
    expect(isAlive(server.pid)).toBe(true);
    const begun = begin();
    await until('it is given up', begun, begun.isLost);
    expect(begun.journal.join('\n')).toMatch(
      /is fenced: its BMC is told to power it off.*\n.*lost: its BMC has powered it off/,
    );
    const afterwards = begun.asked.slice(begun.asked.indexOf('powerOff') + 1);
    expect(afterwards.filter((each) => each === 'queryPower').length).toBeGreaterThanOrEqual(2);
  });

  test('off that is said before it is so: given up only when it is', async () => {
    server.quirk('hasty');
    const begun = begin(server.config, { settleMs: SETTLE_OF_HASTY_MS });
    await until('it is told', begun, () => begun.asked.includes('powerOff'));
    await until('it is given up', begun, begun.isLost);
    expect(isAlive(server.pid)).toBe(false);
  });

  test('off already: an error to the command is no matter', async () => {
    server.quirk('touchy');
    await openBmc(server.config, 'N1', join(directory, 'somebody')).powerOff();
    await waitFor('it is off', () => !isAlive(server.pid));
    const begun = begin(server.config, { hints: false }); // or its being off would be found before it is told
    await until('it is given up', begun, begun.isLost);
    expect(begun.journal.join('\n')).toMatch(/did not accept power-off.*\n.*lost: its BMC has powered it off/);
  });

  test('failed: it accepts and stays on; nothing follows until it obeys', async () => {
    server.quirk('stuck');
    const begun = begin();
    await says(begun, /says it is on after power-off: nothing of it is started elsewhere/);
    expect(begun.isLost()).toBe(false);
    expect(isAlive(server.pid)).toBe(true);
    server.quirk(null);
    await until('it is given up', begun, begun.isLost); // it is ordered again
    expect(begun.asked.filter((each) => each === 'powerOff').length).toBeGreaterThan(1);
  });

  test('unknown: it does not answer', async () => {
    await server.silence();
    const begun = begin({ ...server.config, timeoutMs: 500 });
    await says(begun, /does not say \(.*\) after power-off: nothing of it is started elsewhere/);
    expect(begun.isLost()).toBe(false);
    expect(isAlive(server.pid)).toBe(true);
  });

  test("unknown: it is another server's, which is told nothing", async () => {
    const other = await start(join(directory, 'two'), 'SN-2');
    try {
      const begun = begin(other.config);
      await says(begun, /did not accept power-off .*not proved/);
      await says(begun, /does not say \(.*not proved.*\) after power-off/);
      expect(begun.isLost()).toBe(false);
      expect([isAlive(server.pid), isAlive(other.pid)]).toEqual([true, true]);
    } finally {
      await other.stop();
    }
  });
});
