import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEEDS_DEBIAN } from './debian.ts';

const SCHEMA: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'home-assistant.schema.json'), 'utf8'));

export interface Verdict {
  /** Of each payload, what the schema says against it. */
  readonly errors: readonly (readonly string[])[];
  /** Of each template, what Jinja makes of it with its state. */
  readonly rendered: readonly string[];
}

/** Debian's own Python, which has Debian's Jinja and jsonschema. */
export function judge(
  payloads: readonly unknown[],
  templates: readonly (readonly [template: string, state: unknown])[] = [],
): Verdict {
  const { status, stdout, stderr, error } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'judge.py')], {
    input: JSON.stringify({ schema: SCHEMA, payloads, templates }),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  if (status !== 0) throw new Error(`${NEEDS_DEBIAN('j2cli and python3-jsonschema')}: ${error?.message ?? stderr}`);
  return JSON.parse(stdout) as Verdict;
}
