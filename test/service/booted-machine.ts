import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../hw/find-program.ts';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

const SCRIPT = fileURLToPath(new URL('./boot-machine.sh', import.meta.url));

/** Runs a program of ours as root on a machine that systemd has booted. Throws with the boot's log when it did not get to its end. */
export async function onBootedMachine(program: string, args: readonly string[], limitMs: number): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('booting a machine needs root: run the tests as root');
  for (const tool of ['systemd-nspawn', 'unshare', 'dpkg'])
    if (findProgram(tool) === null) throw new Error(`${tool} is missing: "bash scripts/install-debian.sh" installs it`);
  const out = mkdtempSync(join(tmpdir(), 'evenkeel-boot-'));
  try {
    const folders = [ROOT.replace(/\/$/, ''), ...args.filter((arg) => arg.startsWith('/'))];
    const { output } = await runQuietly(SCRIPT, [out, process.execPath, program, ...args], {
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        BOOT_LIMIT_S: String(Math.ceil(limitMs / 1000)),
        BOOT_BIND: folders.join(' '),
      },
    });
    const printed = read(join(out, 'output'));
    if (read(join(out, 'status')).trim() !== '0')
      throw new Error(
        `the program on the booted machine failed:\n${printed}\n${output}\n${tail(read(join(out, 'boot.log')))}`,
      );
    return printed;
  } finally {
    rmSync(out, { recursive: true });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tail(text: string): string {
  return text.split('\n').slice(-30).join('\n');
}
