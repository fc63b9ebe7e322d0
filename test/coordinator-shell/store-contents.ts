import type { DurableChange } from '../../coordinator/core/durable.ts';
import type { JournalLine } from '../../coordinator/core/effects.ts';
import type { InstanceId } from '../../protocol/ids.ts';

/* Changes and lines for tests of the store. */

export const slot = (name: string, generation: number): DurableChange => ({
  table: 'slot',
  key: name as InstanceId,
  value: { instance: name as InstanceId, generation },
});

export const meta = (term: number): DurableChange => ({ table: 'meta', key: 'meta', value: { term, revision: 0 } });

export const line = (text: string): JournalLine => ({
  kind: 'decision',
  severity: 'info',
  node: null,
  instance: null,
  app: null,
  text,
});
