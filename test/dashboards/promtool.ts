import { spawnSync } from 'node:child_process';
import { NEEDS_DEBIAN } from './debian.ts';

/** What `promtool check metrics` has to say against it; nothing when all is well. */
export function promtool(text: string): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw new Error(`${NEEDS_DEBIAN('prometheus')}: ${error.message}`);
  const said = `${stdout}${stderr}`.trim();
  return status === 0 ? said : said || `exit code ${status}`;
}

/** Name → its samples, as `{label="value"} number`. */
export function samplesByName(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, rest] = /^([a-z_]+)(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    names.set(name, [...(names.get(name) ?? []), (rest ?? '').trim()]);
  }
  return names;
}
