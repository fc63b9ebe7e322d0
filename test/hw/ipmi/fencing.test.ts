import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPower, type Power } from '../../../coordinator/shell/power.ts';
import { openBmc } from '../../../hw/open-bmc.ts';
import { ownIdentity } from '../../../hw/own-identity.ts';
import type { NodeName } from '../../../protocol/ids.ts';
import type { ServerIdentity } from '../../../protocol/messages.ts';
import { type BmcSimulator, startSimulator } from './bmc-simulator.ts';
import { inBandProgram } from './in-band-program.ts';

const N1 = 'N1' as NodeName;
const directory = mkdtempSync(join(tmpdir(), 'ek-fence-'));
let simulator: BmcSimulator;
let other: BmcSimulator;
let inBand: ServerIdentity['inBand'];
let power: Power;

beforeAll(async () => {
  [simulator, other] = await Promise.all([
    startSimulator(join(directory, 'one'), 'SN-1'),
    startSimulator(join(directory, 'two'), 'SN-2'),
  ]);
});
afterAll(async () => {
  await Promise.all([simulator.stop(), other.stop()]);
  rmSync(directory, { recursive: true, force: true });
});
const server = (): ServerIdentity => ({ serial: 'SN-1', vendor: '', model: '', ...(inBand ? { inBand } : {}) });
const powerOver = (bmc: BmcSimulator) => openPower({ '*': bmc.config() }, join(directory, 'coordinator'), server);
beforeEach(async () => {
  await openBmc(simulator.config(), 'N1', directory).powerOn();
  const config = inBandProgram(simulator);
  inBand = (await ownIdentity(openBmc(config, 'N1', join(directory, 'agent')), config, '/')) ?? undefined;
  power = powerOver(simulator);
});

test('the very server, as its agent found it in-band: it is asked and switched off', async () => {
  expect(inBand).toEqual({ guid: simulator.guid, serial: 'SN-1' });
  expect(await power.query(N1)).toEqual({ power: 'on', detail: '' });
  expect(await power.off(N1)).toEqual({ accepted: true, detail: '' });
  expect(await power.query(N1)).toEqual({ power: 'off', detail: '' });
});

test("another server's BMC is neither believed nor told anything", async () => {
  const wrong = powerOver(other);
  expect(await wrong.off(N1)).toEqual({ accepted: false, detail: expect.stringContaining('not proved') });
  const answer = await wrong.query(N1);
  expect(answer).toEqual({ power: 'unknown', detail: expect.stringContaining(other.guid) });
  expect(await openBmc(other.config(), 'N2', directory).power()).toBe('on');
});

test('a node that has not said what it is: unknown, with the reason', async () => {
  inBand = undefined;
  expect(await power.query(N1)).toEqual({ power: 'unknown', detail: expect.stringContaining('has not said in-band') });
  expect((await power.off(N1)).accepted).toBe(false);
  expect(await openBmc(simulator.config(), 'N1', directory).power()).toBe('on');
});

test('the proof is made again when the server behind the node is another', async () => {
  expect((await power.query(N1)).power).toBe('on');
  inBand = { guid: other.guid, serial: 'SN-2' };
  expect((await power.query(N1)).power).toBe('unknown');
});

test('and when the BMC had been silent', async () => {
  expect((await power.query(N1)).power).toBe('on');
  await simulator.stop();
  expect((await power.query(N1)).power).toBe('unknown');
  // its address now belongs to another one
  const impostor = await startSimulator(join(directory, 'impostor'), 'SN-3', simulator.port);
  try {
    expect(await power.query(N1)).toEqual({ power: 'unknown', detail: expect.stringContaining('not proved') });
  } finally {
    await impostor.stop();
    await simulator.restart();
  }
});

test('a BMC that refuses or has no configuration: unknown, with the reason', async () => {
  process.env.TEST_WRONG_PASSWORD = 'not-the-one';
  const refused = openPower({ N1: simulator.config({ passwordEnv: 'TEST_WRONG_PASSWORD' }) }, directory, server);
  expect(await refused.query(N1)).toEqual({ power: 'unknown', detail: expect.stringContaining('refused a session') });
  expect(await refused.query('N2' as NodeName)).toEqual({ power: 'unknown', detail: 'no BMC is configured for it' });
});
