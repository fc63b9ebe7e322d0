import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWatchdog } from '../../hw/watchdog.ts';

// A file in the device's place: it keeps all that the driver would have been told.

let root: string;
let device: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-watchdog-'));
  device = join(root, 'watchdog');
  writeFileSync(device, '');
});
afterEach(() => rmSync(root, { recursive: true }));
const told = () => readFileSync(device, 'latin1');

test('it is wound up when opened and with each call, and disarmed by a V at the end', () => {
  const watchdog = openWatchdog(device, root);
  expect(told()).toBe('\0');
  watchdog.pet();
  watchdog.pet();
  expect(told()).toBe('\0\0\0');
  watchdog.close();
  expect(told()).toBe('\0\0\0V');
});

test('its time is what the driver says, under the name of the first one; otherwise the shortest common one', () => {
  expect(openWatchdog(device, root).timeoutMs).toBe(10_000);
  mkdirSync(join(root, 'sys/class/watchdog/watchdog0'), { recursive: true });
  writeFileSync(join(root, 'sys/class/watchdog/watchdog0/timeout'), '60\n');
  expect(openWatchdog(device, root).timeoutMs).toBe(60_000);
  writeFileSync(join(root, 'sys/class/watchdog/watchdog0/timeout'), 'none\n');
  expect(openWatchdog(device, root).timeoutMs).toBe(10_000);
});

test('one that is not there, and one that refuses to be wound up, are told by code', () => {
  expect(() => openWatchdog(join(root, 'none/watchdog'), root)).toThrow(
    expect.objectContaining({ code: 'WATCHDOG_UNAVAILABLE', message: expect.stringContaining('cannot open') }),
  );
  expect(() => openWatchdog('/dev/full', root)).toThrow(
    expect.objectContaining({ code: 'WATCHDOG_UNAVAILABLE', message: expect.stringContaining('cannot wind up') }),
  );
});
