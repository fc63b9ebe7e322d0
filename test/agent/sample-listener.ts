import type { TallyRecord } from '../../coordinator/core/durable.ts';
import { countedOf, countLost, countReceived, emptyTally } from '../../coordinator/core/tally.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Reading } from '../../protocol/reading.ts';
import { decodeRecord, NameTable, readingOf, type Sample, Samples } from '../../protocol/samples.ts';
import { seriesOf } from '../../protocol/series.ts';

/** Hears samples as simply as can be: puts the newest together, and counts. */
export class SampleListener {
  readonly messages: Samples[] = [];
  readonly tables = new Map<string, NameTable>();
  tally: TallyRecord = emptyTally('N1' as NodeName);
  acknowledging = true;
  #latest: { table: string; samples: Sample[] } | null = null;
  readonly #publish: (kind: 'request' | 'receipt', message: unknown) => void;

  constructor(publish: (kind: 'request' | 'receipt', message: unknown) => void) {
    this.#publish = publish;
  }

  /** The newest readings; null before all of them are known. */
  readings(): Reading[] | null {
    const table = this.#latest && this.tables.get(this.#latest.table);
    if (!table || !this.#latest) return null;
    const series = seriesOf(table);
    return this.#latest.samples.slice(table.usage.length).flatMap((sample, i) => {
      const one = series[i];
      return (one && readingOf(one, sample)) ?? [];
    });
  }

  names(json: unknown): void {
    const names = NameTable.parse(json);
    this.tables.set(names.table, names);
  }

  samples(json: unknown, term = 1): void {
    const samples = Samples.parse(json);
    this.messages.push(samples);
    const stream = samples.stream ?? samples.boot;
    for (const wire of samples.records) {
      const record = decodeRecord(wire);
      if (!this.tables.has(record.table)) {
        this.#publish('request', { v: 1, node: 'N1', term, kind: 'names', table: record.table });
        continue;
      }
      this.tally = countReceived(this.tally, stream, [record.first, record.first + record.samples.length]).tally;
      if (samples.nowMs !== undefined) continue;
      if (record.isWhole) this.#latest = { table: record.table, samples: [...record.samples] };
      else if (this.#latest?.table === record.table)
        for (const sample of record.samples) this.#latest.samples[sample.index] = sample;
      else this.#publish('request', { v: 1, node: 'N1', term, kind: 'snapshot' });
    }
    for (const gap of samples.gaps ?? []) this.tally = countLost(this.tally, stream, gap);
    if (this.acknowledging) this.acknowledge(stream, term);
  }

  acknowledge(stream: number, term = 1): void {
    const beyond = countedOf(this.tally, stream);
    if (beyond.length > 0) this.#publish('receipt', { v: 1, node: 'N1', term, stream, through: 0, beyond, more: 8 });
  }
}
