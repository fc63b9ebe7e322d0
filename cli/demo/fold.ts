import type { TimelineEntry } from './timeline.ts';

/** So many lines of one kind in a row are told as one. */
const FEWEST = 3;
const KINDS: readonly { readonly pattern: RegExp; readonly told: string }[] = [
  { pattern: /^(\S+) is started on (\S+) as \w+\.$/, told: 'are started' },
  { pattern: /^(\S+) is ready on (\S+) as \w+ \(.*\)\.$/, told: 'are ready' },
  { pattern: /^(\S+) has stopped on (\S+)\.$/, told: 'have stopped' },
  { pattern: /^(\S+) was applied: ()/, told: 'were applied' },
];

/** Tells many small steps of the same kind as one line; everything else as it comes, in order. */
export function createFold(show: (entry: TimelineEntry) => void): { entry(entry: TimelineEntry): void; flush(): void } {
  let held: TimelineEntry[] = [];
  let kind: (typeof KINDS)[number] | null = null;

  function flush(): void {
    const [first] = held;
    if (first && kind && held.length >= FEWEST) {
      const { pattern, told } = kind;
      const names = held.map(({ text }) => {
        const [, name, node] = pattern.exec(text) ?? [];
        return node ? `${name} ${node}` : name;
      });
      show({ ...first, text: `${held.length} ${told}: ${names.join(', ')}` });
    } else for (const entry of held) show(entry);
    held = [];
    kind = null;
  }

  return {
    entry: (entry) => {
      const found = entry.source === 'journal' ? (KINDS.find(({ pattern }) => pattern.test(entry.text)) ?? null) : null;
      if (found !== kind) flush();
      kind = found;
      if (found) held.push(entry);
      else show(entry);
    },
    flush,
  };
}
