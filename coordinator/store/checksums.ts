import { createHash } from 'node:crypto';

/* SQLite does not notice a changed bit by itself: what is stored carries these. They find damage, not a forger. */

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of one record. */
export const recordChecksum = (table: string, key: string, value: string): string =>
  sha256(`${table}\n${key}\n${value}`);

/** Of one line of the journal, over its predecessor's: whoever knows the newest hash knows every line. */
export const chain = (before: string, wallMs: number, json: string): string => sha256(`${before}\n${wallMs}\n${json}`);

export const textChecksum = (text: string): string => sha256(text);

/**
 * Of all records together: the sum of their checksums, so that a record that is missing or came back is found as well, and a
 * change costs an addition and a subtraction.
 */
export class RecordSum {
  #sum = 0n;
  count = 0;
  add(checksum: string): void {
    this.#sum = (this.#sum + BigInt(`0x${checksum}`)) & MASK;
    this.count++;
  }
  subtract(checksum: string): void {
    this.#sum = (this.#sum - BigInt(`0x${checksum}`)) & MASK;
    this.count--;
  }
  copy(): RecordSum {
    const copy = new RecordSum();
    copy.#sum = this.#sum;
    copy.count = this.count;
    return copy;
  }
  toString(): string {
    return this.#sum.toString(16).padStart(64, '0');
  }
}
const MASK = (1n << 256n) - 1n;
