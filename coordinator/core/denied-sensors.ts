import type { HealthSettings } from './settings.ts';

/* Sensors that are known to lie, denied by name: `*` stands for anything. */

/** Whether the sensor is not to be believed on that node. */
export function isDenied(deny: HealthSettings['deny'], node: string, sensor: string): boolean {
  return [deny['*'], deny[node]].some((patterns) => patterns?.some((pattern) => matches(pattern, sensor)));
}

/** Without regular expressions: a pattern of many `*` takes no longer than pattern × name. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
