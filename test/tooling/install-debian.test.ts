import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

// Runs the real script in a machine made of one folder of commands; nothing of it is root's, and nothing gets installed.

const JUDGES = ['j2', 'jsonschema', 'promtool', 'protoc'];
const FAULTS = ['strace', 'nft', 'faketime'];

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'evenkeel-debian-'));
  for (const tool of ['bash', 'mktemp', 'rm', 'cat', 'chmod']) symlinkSync(`/bin/${tool}`, join(bin, tool));
  command('realpath', 'echo scripts/install-debian.sh');
  command('apt-get', 'echo "$@" >>"$0.log"');
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function command(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`);
  chmodSync(join(bin, name), 0o755);
}

const run = () =>
  runQuietly('/bin/bash', [join(ROOT, 'scripts/install-debian.sh')], { env: { PATH: bin, EVENKEEL_SBIN: bin } });

test('without root it names the command, what is missing and why, and fails', async () => {
  command('id', 'echo 1000');
  for (const present of [...JUDGES, ...FAULTS, 'mosquitto', 'ipmi_sim', 'openssl', 'ip', 'systemd-nspawn', 'strip'])
    command(present, ':');
  const { code, output } = await run();
  expect(code).toBe(1);
  expect(output).toContain('sudo bash scripts/install-debian.sh');
  expect(output).toMatch(/^MISSING +chromium +the browser/m);
  expect(output).toMatch(/^MISSING +ipmitool /m);
  expect(output).toMatch(/^present +mosquitto /m);
  expect(output).toContain('(ipmitool chromium)');
});

test('where all is there, nothing is asked', async () => {
  command('id', 'exit 1');
  for (const present of [
    ...JUDGES,
    ...FAULTS,
    'mosquitto',
    'ipmi_sim',
    'openssl',
    'ip',
    'ipmitool',
    'chromium',
    'systemd-nspawn',
    'strip',
  ])
    command(present, ':');
  const { code, output } = await run();
  expect(code).toBe(0);
  expect(output).not.toContain('MISSING');
});

test('on a system without apt it says so', async () => {
  rmSync(join(bin, 'apt-get'));
  const { code, output } = await run();
  expect(code).toBe(1);
  expect(output).toContain('no Debian or Ubuntu');
});
