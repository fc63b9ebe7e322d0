import { spawnSync } from 'node:child_process';
import { faketimeLibrary } from './clock.ts';
import type { Need } from './kinds.ts';
import { lookFor } from './tools.ts';

/*
 * What this machine allows. Cutting links and mounting a small disk need namespaces of our own: root may make them, and so may
 * anybody where the kernel lets users have namespaces.
 */

/** Set for the command inside its namespaces. */
export const INSIDE = 'EVENKEEL_CHAOS_INSIDE';

const FLAGS = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

/** What to put before a command for it to have namespaces of its own; null where that cannot be, with the reason. */
export function namespaces(): { readonly command: readonly string[] } | { readonly why: string } {
  const unshare = lookFor('unshare');
  if (!unshare) return { why: 'unshare is not installed (Debian package util-linux)' };
  const command = [unshare, ...FLAGS, '--net', '--mount'];
  const [program = '', ...args] = [...command, 'true'];
  const tried = spawnSync(program, args, { encoding: 'utf8' });
  if (tried.status !== 0) return { why: tried.stderr.trim() || 'unshare fails' };
  return { command };
}

/** Switches loopback on in a new network namespace. */
export function raiseLoopback(): void {
  const ip = lookFor('ip');
  const done = ip ? spawnSync(ip, ['link', 'set', 'lo', 'up'], { encoding: 'utf8' }) : null;
  if (done?.status !== 0) throw new Error(`loopback cannot be switched on: ${done?.stderr ?? 'ip is not installed'}`);
}

/** What cannot be had here, with the reason. */
export function lacking(isInside: boolean, whyNot: string): Map<Need, string> {
  const lacks = new Map<Need, string>();
  const tool = (need: Need, name: string, what: string) => {
    if (!lookFor(name)) lacks.set(need, `${name} is not installed (${what})`);
  };
  tool('cuts', 'nft', 'Debian package nftables');
  tool('mosquitto', 'mosquitto', 'Debian package mosquitto');
  tool('strace', 'strace', 'Debian package strace');
  if (faketimeLibrary() === null) lacks.set('wallClock', 'libfaketime is not installed (Debian package faketime)');
  if (!isInside) for (const need of ['cuts', 'smallDisk'] as const) lacks.set(need, whyNot);
  return lacks;
}
