import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkMachine } from '../../agent/check/check-machine.ts';
import { readAgentConfig } from '../../agent/config.ts';
import { evenkeel } from '../cli/run-cli.ts';

// A machine made of files, as sysroot; the broker is one that nobody runs.

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-check-'));
  mkdirSync(join(root, 'state'));
  for (const file of ['stat', 'meminfo']) place(`proc/${file}`, readFileSync(`/proc/${file}`, 'utf8'));
});
afterEach(() => rmSync(root, { recursive: true }));

function place(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const file = (more: object) =>
  JSON.stringify({
    cluster: 'c',
    node: 'N1',
    mqtt: { url: 'mqtt://127.0.0.1:9' }, // the port that discards
    stateDir: join(root, 'state'),
    sysroot: root,
    ...more,
  });
const checked = async (more: object = {}) => {
  const findings = await checkMachine(readAgentConfig(file(more), 'check'));
  for (const { part, state, cure } of findings) expect(cure === '', part).toBe(state === 'found');
  return Object.fromEntries(findings.map(({ part, state, detail }) => [part, `${state}: ${detail}`]));
};

test('it says what there is, what is absent and what fails', async () => {
  place('sys/class/watchdog/watchdog0/identity', 'iTCO_wdt\n');
  place('sys/class/watchdog/watchdog0/timeout', '30\n');
  expect(await checked()).toMatchObject({
    'self-test: state': 'found: passed',
    broker: expect.stringMatching(/^failed: .*ECONNREFUSED/),
    'sensors: cpu': expect.stringMatching(/^found: /),
    'sensors: hwmon': expect.stringMatching(/^absent: /),
    bmc: 'absent: none is configured, and there is no /dev/ipmi0',
    'sensors: smart': expect.stringMatching(/^absent: /),
    'hardware watchdog': 'absent: /dev/watchdog0: iTCO_wdt, resets after 30 s; not configured',
  });
});

test('a BMC that could be used is pointed out; one that is configured and silent fails', async () => {
  place('dev/ipmi0', '');
  expect((await checked()).bmc).toMatch(/^absent: .*\/dev\/ipmi0 is there, and no bmc is configured/);
  const silent = { kind: 'mock', socket: join(root, 'none.sock') };
  expect((await checked({ bmc: silent })).bmc).toMatch(/^failed: /);
});

test('a machine without /proc, and a folder that cannot be written, fail', async () => {
  rmSync(join(root, 'proc'), { recursive: true });
  const findings = await checked({ stateDir: '/proc/nowhere' });
  expect(findings['self-test: proc']).toMatch(/^failed: ENOENT/);
  expect(findings['self-test: state']).toMatch(
    /^failed: \/proc\/nowhere is not there, and cannot be made in \/proc: ENOENT/,
  );
  expect(findings['sensors: cpu']).toBe('failed: nothing found');
});

test('a folder that is not there yet is tried where the agent will make it, and nothing is left behind', async () => {
  const stateDir = join(root, 'var/lib/evenkeel');
  const before = readdirSync(root).sort();
  expect(await checked({ stateDir })).toMatchObject({
    'self-test: state': `found: ${stateDir} is not there yet: the agent makes it at its start`,
    'self-test: room': 'found: passed',
  });
  expect(readdirSync(root).sort()).toEqual(before);
  place('var', 'a file where a folder should be');
  expect((await checked({ stateDir }))['self-test: state']).toMatch(/^failed: .* cannot be made in .*: ENOTDIR/);
});

test('the command prints it all and ends with 1 when something fails', async () => {
  place('agent.yaml', file({}));
  const args = ['agent', 'check', '--config', join(root, 'agent.yaml')];
  const text = await evenkeel(args);
  expect(text.code).toBe(1);
  expect(text.out).toMatch(/^FAILED {2}broker: /m);
  const json = JSON.parse((await evenkeel([...args, '--json'])).out);
  expect(json.ok).toBe(false);
  expect(json.findings).toContainEqual({ part: 'self-test: clock', state: 'found', detail: 'passed', cure: '' });
});
