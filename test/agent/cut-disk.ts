import type { DurableCalls } from '../../agent/durable-file.ts';

/** What a file may hold after a cut: what was synced, or anything from nothing to all of what was written since. */
interface Inode {
  durable: string | null; // null: nothing of it was ever synced
  written: string;
}

/**
 * One folder of a disk whose power is cut after a number of calls. Until they are synced, contents may be on the disk in part,
 * and new names may be or not, independently of each other: what POSIX leaves open.
 */
export class CutDisk implements DurableCalls {
  readonly #folder: string;
  readonly #synced = new Map<string, Inode>();
  readonly #names = new Map<string, Inode>();
  readonly #open = new Map<number, Inode | 'folder'>();
  readonly #callsLeft: { count: number };
  #descriptors = 3;

  constructor(folder: string, files: Readonly<Record<string, string>>, calls: number) {
    this.#folder = folder;
    this.#callsLeft = { count: calls };
    for (const [path, content] of Object.entries(files)) {
      const inode = { durable: content, written: content };
      this.#synced.set(path, inode);
      this.#names.set(path, inode);
    }
  }

  #call(): void {
    if (this.#callsLeft.count-- <= 0) throw new Error('the power is off');
  }

  openSync(path: string, flags: 'r' | 'w'): number {
    this.#call();
    const descriptor = this.#descriptors++;
    if (path === this.#folder) this.#open.set(descriptor, 'folder');
    else {
      const inode = this.#names.get(path) ?? { durable: null, written: '' };
      if (flags === 'w') inode.written = '';
      this.#names.set(path, inode);
      this.#open.set(descriptor, inode);
    }
    return descriptor;
  }
  writeFileSync(descriptor: number, content: string): void {
    this.#call();
    const inode = this.#open.get(descriptor);
    if (inode && inode !== 'folder') inode.written += content;
  }
  fsyncSync(descriptor: number): void {
    this.#call();
    const inode = this.#open.get(descriptor);
    if (inode === 'folder') {
      this.#synced.clear();
      for (const [name, each] of this.#names) this.#synced.set(name, each);
    } else if (inode) inode.durable = inode.written;
  }
  closeSync(descriptor: number): void {
    this.#call();
    this.#open.delete(descriptor);
  }
  renameSync(from: string, to: string): void {
    this.#call();
    const inode = this.#names.get(from);
    if (!inode) throw new Error(`${from} is not there`);
    this.#names.delete(from);
    this.#names.set(to, inode);
  }
  rmSync(path: string): void {
    this.#call();
    this.#names.delete(path);
  }

  /** Everything that the file may hold when the power is back; null: it is not there. */
  afterTheCut(path: string): Set<string | null> {
    const outcomes = new Set<string | null>();
    for (const inode of [this.#synced.get(path), this.#names.get(path)]) {
      if (!inode) outcomes.add(null);
      else if (inode.durable === inode.written) outcomes.add(inode.durable);
      else {
        if (inode.durable !== null) outcomes.add(inode.durable);
        for (let length = 0; length <= inode.written.length; length++) outcomes.add(inode.written.slice(0, length));
      }
    }
    return outcomes;
  }
}
