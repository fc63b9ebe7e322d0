import { clean } from './clean-text.ts';

/** What the coordinator noted about a change to something, as one line that begins with its name. */
export function acceptedLine(name: string, notes: readonly string[]): string {
  const text = notes.map(clean).join('; ') || 'accepted';
  return new RegExp(`^${name}\\b`).test(text) ? text : `${name}: ${text}`;
}
