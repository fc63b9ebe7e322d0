import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { choosePorts } from '../../../agent/ports.ts';
import { demoApplications, demoFolders, firstInstalledOnN1 } from '../../../cli/demo/applications.ts';
import { findOverlaps, LedgerReader } from '../../../cli/demo/ledger.ts';
import { parseSpecs } from '../../../protocol/spec-file.ts';
import { waitFor } from '../../hw/wait-for.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ek-apps-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  rmSync(directory, { recursive: true, force: true });
});

function start(script: string, instance: string, env: Record<string, string> = {}): ChildProcess {
  const roleFile = join(directory, `${instance.replace('/', '_')}.role`);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../../../cli/demo/apps/${script}.mjs`, import.meta.url))],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        EVENKEEL_INSTANCE: instance,
        EVENKEEL_GENERATION: '1',
        EVENKEEL_NODE: 'N1',
        EVENKEEL_ROLE: 'active',
        EVENKEEL_ROLE_FILE: roleFile,
        LEDGER_DIR: join(directory, 'ledger'),
        SPOOL_DIR: join(directory, 'spool'),
        ...env,
      },
    },
  );
  children.push(child);
  return child;
}
const ledger = () => (existsSync(join(directory, 'ledger')) ? new LedgerReader(join(directory, 'ledger')).lines() : []);

test('the demo’s specs are valid', () => {
  const folders = demoFolders(directory);
  const all = [...demoApplications(folders).map(({ yaml }) => yaml), firstInstalledOnN1(folders)];
  for (const yaml of all) {
    const parsed = parseSpecs(yaml, 'demo.yaml');
    expect(parsed).toMatchObject({ ok: true, specs: [{ name: expect.any(String) }] });
  }
});

test('web: serves as active, is only warm as standby, writes down its role, ends on SIGTERM', async () => {
  const { http } = await choosePorts(['http'], { from: 30_000, to: 31_000 }, new Set());
  writeFileSync(join(directory, 'web_0.role'), 'standby');
  const child = start('web', 'web/0', { PORT_HTTP: String(http), EVENKEEL_ROLE: 'standby' });
  const status = (path: string) =>
    fetch(`http://127.0.0.1:${http}${path}`).then(
      (answer) => answer.status,
      () => 0,
    );
  await waitFor('it is ready', async () => (await status('/healthz')) === 200);
  expect(await status('/')).toBe(503);
  writeFileSync(join(directory, 'web_0.role'), 'active');
  await waitFor('it serves', async () => (await status('/')) === 200);
  await waitFor('its ledger says so', () => ledger().some(({ role }) => role === 'active'));
  const lines = ledger();
  expect(lines[0]).toMatchObject({ instance: 'web/0', node: 'N1', role: 'standby', pid: child.pid });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('worker: each file is done once, by one of two; a standby takes none', async () => {
  mkdirSync(join(directory, 'spool/new'), { recursive: true });
  for (let i = 0; i < 20; i++) writeFileSync(join(directory, `spool/new/job-${i}`), `work ${i}`);
  writeFileSync(join(directory, 'worker_2.role'), 'standby');
  start('worker', 'worker/2', { EVENKEEL_ROLE: 'standby' });
  await waitFor('the standby is up', () => ledger().length > 5);
  expect(readdirSync(join(directory, 'spool/new'))).toHaveLength(20);
  start('worker', 'worker/0');
  start('worker', 'worker/1');
  await waitFor('all is done', () => readdirSync(join(directory, 'spool/done')).length === 20);
  expect(readdirSync(join(directory, 'spool/new'))).toEqual([]);
});

test('two that act for one slot are caught by their ledgers', async () => {
  start('burner', 'orders/0');
  start('burner', 'orders/0');
  await waitFor('both have written', () => new Set(ledger().map(({ pid }) => pid)).size === 2);
  await waitFor('they are caught', () => findOverlaps(ledger(), new Set(['orders'])).length > 0);
});
