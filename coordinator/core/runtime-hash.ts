import type { AppSpec } from '../../protocol/spec.ts';

/**
 * Tells whether a running instance was started as its spec now says. The isolation policy is part of it: work is taken over
 * by time only from what was started under `stop`, so a policy never changes under a running instance. FNV-1a, 32 bits: a mark,
 * not a proof.
 */
export function runtimeHash(spec: AppSpec): string {
  const known = hashes.get(spec);
  if (known !== undefined) return known;
  const hash = hashOf(spec);
  hashes.set(spec, hash);
  return hash;
}

/** Asked for at every event, and the same for as long as the spec is. */
const hashes = new WeakMap<AppSpec, string>();

function hashOf(spec: AppSpec): string {
  const text = JSON.stringify([
    spec.runtime.command,
    sorted(spec.runtime.env),
    spec.runtime.cwd,
    spec.runtime.user,
    spec.runtime.ports,
    spec.isolation,
  ]);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function sorted(env: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
}
