import type { Durable } from '../core/durable.ts';
import type { Row } from './check.ts';

/** Checked rows as what they mean. */
export function asDurable(rows: readonly Row[]): Durable {
  const of = (table: string) => rows.filter((row) => row.tbl === table).map((row) => JSON.parse(row.value));
  return {
    meta: of('meta')[0] ?? null,
    apps: of('app'),
    nodes: of('node'),
    slots: of('slot'),
    bindings: of('binding'),
    tallies: of('tally'),
    healths: of('health'),
    reboot: of('reboot')[0] ?? null,
    identity: of('identity')[0] ?? null,
    disarmed: of('disarm')[0] ?? null,
    fences: of('fences')[0] ?? null,
    flaps: of('flap'),
  };
}

/** The term of the last coordinator; 0 before the first. */
export function termOf(rows: readonly Row[]): number {
  return asDurable(rows.filter((row) => row.tbl === 'meta')).meta?.term ?? 0;
}
