import type { JournalEntry } from '../protocol/view.ts';

/** Every word of the filter occurs somewhere in the line: its text, node, instance, application or kind. */
export function matching(journal: readonly JournalEntry[], filter: string): readonly JournalEntry[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return journal.filter((entry) => {
    const line = [entry.text, entry.node, entry.instance, entry.app, entry.kind, entry.severity]
      .join(' ')
      .toLowerCase();
    return words.every((word) => line.includes(word));
  });
}
