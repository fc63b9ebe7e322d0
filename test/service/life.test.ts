import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';
import { onBootedMachine } from './booted-machine.ts';

/*
 * The packages as they are built, installed on a machine that a real systemd has booted: what became of them there is told by
 * inside/life.ts as facts, and judged here.
 */

const facts = new Map<string, unknown>();
let folder: string;

/** Builds a package and returns its SHA-256. The least compression: it is unpacked again in a second. */
async function build(name: string, version: string): Promise<string | undefined> {
  const args = ['--level', '1', '--only', name, '--version', version, '--out', folder];
  const { code, output } = await runQuietly(process.execPath, ['scripts/package.ts', ...args], { cwd: ROOT });
  if (code !== 0) throw new Error(`the package was not built:\n${output}`);
  return /SHA-256 ([0-9a-f]{64})/.exec(output)?.[1];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-packages-'));
  await build('evenkeel-coordinator', '1.0.0');
  const first = await build('evenkeel-agent', '1.0.0');
  facts.set('built again', (await build('evenkeel-agent', '1.0.0')) === first && first !== undefined);
  await build('evenkeel-agent', '1.0.1');
  const life = fileURLToPath(new URL('./inside/life.ts', import.meta.url));
  for (const line of (await onBootedMachine(life, [folder], 170_000)).split('\n')) {
    if (!line.startsWith('{')) continue;
    const { name, value } = JSON.parse(line) as { name: string; value: unknown };
    facts.set(name, value);
  }
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fact = (name: string) => facts.get(name);

test('the same sources make the same package, byte for byte', () => {
  expect(fact('built again')).toBe(true);
});

test('installed, both are set up to start and wait for a configuration', () => {
  expect(fact('enabled')).toEqual(['enabled', 'enabled']);
  expect(fact('without configuration')).toEqual(['inactive', 'inactive']);
});

test('started, both have said that they are ready', () => {
  expect(fact('started')).toEqual([true, true]);
});

test.each(['evenkeel-agent', 'evenkeel-coordinator'])(
  '%s has a user of its own, no rights and nothing to write on',
  (name) => {
    expect(fact(`rights of ${name}.service`)).toEqual({
      user: name,
      capabilities: '0000000000000000',
      seccomp: '2', // a filter
      rootIsReadOnly: true,
    });
  },
);

test('readings cross the broker', () => {
  expect((fact('readings') as string[]).filter((sensor) => sensor.startsWith('memory/'))).not.toEqual([]);
});

test('the self-test is in the journal', () => {
  expect(fact('self-test')).toMatch(/^self-test passed: state, /);
});

test('agent check finds what there is, as the user that the agent runs as', () => {
  const { ok, findings } = fact('check') as { ok: boolean; findings: { part: string; state: string; cure: string }[] };
  expect(ok).toBe(true);
  const states = Object.fromEntries(findings.map(({ part, state }) => [part, state]));
  expect(states).toMatchObject({
    'self-test: state': 'found',
    broker: 'found',
    'sensors: memory': 'found',
    bmc: 'absent',
  });
  for (const { state, cure } of findings) expect(cure === '').toBe(state === 'found');
});

test('disks are asked with more rights than the agent has, and nothing else is', () => {
  expect(fact('smart without smartctl')).toBe(127);
  const { scan, disk, ...others } = fact('smart') as Record<string, string>;
  const [user, capabilities, ...args] = (disk ?? '').split(' ');
  expect(user).toBe('0');
  // at most CAP_SYS_RAWIO and CAP_SYS_ADMIN: a container may lack the first
  expect(BigInt(`0x${capabilities}`) & ~0x220000n).toBe(0n);
  expect(args.join(' ')).toBe('--json -n standby -i -H -A -l devstat,7 -l error -d sat /dev/sda');
  expect(scan).toMatch(/^0 \w+ --scan --json$/);
  expect(others).toEqual({ failing: 64, elsewhere: 2, stranger: true });
});

test('an application runs with the rights of the agent', () => {
  expect(fact('user of the application')).toBe('evenkeel-agent');
});

describe('the application runs on, and the next agent knows it', () => {
  test.each(['a restart', 'kill -9', 'a hang', 'an upgrade', 'the loss of all state'])('after %s', (what) => {
    expect(fact(`after ${what}`)).toEqual({ newAgent: true, sameApplication: true });
  });
});

test('what hangs is killed by the watchdog', () => {
  expect(fact('watchdog')).toEqual(['evenkeel-agent.service', 'evenkeel-coordinator.service']);
});

test('a reload takes over what is good and refuses what is not, in the same process', () => {
  expect(fact('labels')).toEqual({ room: 'north' });
  expect(fact('after a bad one')).toEqual({ labels: { room: 'north' }, active: true });
  expect(fact('another name')).toMatch(/node can be changed by a restart only/);
  expect(fact('same coordinator')).toBe(true);
  expect(fact('after a reload of the coordinator')).toMatchObject({ sameApplication: true });
  expect(fact('reloads')).toEqual({ sameAgent: true, sameApplication: true });
});

test('the watchdog of the hardware is wound up when configured, and disarmed when no longer', () => {
  expect(fact('wound up')).toBe(true);
});

test('an upgrade goes on from the state that there was', () => {
  expect(fact('state after the upgrade')).toEqual({ bootIdGrew: true, term: 0 });
  expect(fact('version')).toBe('1.0.1');
});

test('removal ends the applications and leaves configuration and state, purge leaves nothing', () => {
  expect(fact('after removal')).toEqual({ processes: 0, configuration: true, state: true, program: false });
  expect((fact('there before') as string[]).length).toBeGreaterThan(5);
  expect(fact('left')).toEqual([]);
  expect(fact('users left')).toEqual([]);
});
