import { shorten, widthOf } from '../clean-text.ts';
import { bold, dim, green, print, red, say, yellow } from '../terminal.ts';
import { createFold } from './fold.ts';
import type { Placement } from './placement-table.ts';
import { placementTable } from './placement-table.ts';
import type { TimelineEntry } from './timeline.ts';

/** What a scenario leaves behind, for people and for machines. */
export interface Outcome {
  readonly scenario: string;
  readonly title: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly checks: readonly { readonly ok: boolean; readonly text: string }[];
  readonly measured: Readonly<Record<string, number>>;
  readonly timeline: readonly TimelineEntry[];
  readonly before: Placement | null;
  readonly after: Placement | null;
  readonly error: string | null;
}

export interface Screen {
  title(name: string, text: string): void;
  note(text: string): void;
  entry(entry: TimelineEntry): void;
  lines(lines: readonly string[]): void;
  outcome(outcome: Outcome): void;
}

/** `7b --hang` → `7B --hang` */
const shownName = (name: string) => name.replace(/^\S+/, (first) => first.toUpperCase());
const columns = () => Math.min(Math.max(process.stdout.columns || 110, 60), 160);
const PAINT = { added: green, gone: dim, bad: red, faint: dim, strong: bold };

/** Lines for people, as things happen. */
export function humanScreen(): Screen {
  const fold = createFold((entry) => print(entryLine(entry)));
  return {
    title: (name, text) => {
      const rule = '─'.repeat(Math.max(4, columns() - name.length - widthOf(text) - 6));
      print(`\n${bold(`── ${shownName(name)}  ${text}`)} ${dim(rule)}`);
    },
    note: (text) => print(dim(`   ${text}`)),
    entry: fold.entry,
    lines: (lines) => {
      fold.flush();
      print(lines.map((line) => `  ${line}`).join('\n'));
    },
    outcome: (outcome) => {
      fold.flush();
      if (outcome.after) {
        print('');
        print(placementTable(outcome.before, outcome.after, PAINT, columns()).join('\n'));
      }
      print('');
      for (const check of outcome.checks) print(`   ${check.ok ? green('✓') : red('✗')} ${check.text}`);
      if (outcome.error !== null) print(`   ${red('✗')} ${outcome.error}`);
      const seconds = (outcome.durationMs / 1000).toFixed(1);
      print(
        outcome.ok
          ? green(`   ${shownName(outcome.scenario)} holds (${seconds} s)`)
          : red(`   ${shownName(outcome.scenario)} FAILED (${seconds} s)`),
      );
    },
  };
}

/** One JSON document per scenario and line on standard output; how far it has come goes to standard error. */
export function jsonScreen(): Screen {
  return {
    title: () => {},
    note: (text) => text !== '' && say(text),
    entry: () => {},
    lines: () => {},
    outcome: (outcome) => print(JSON.stringify(outcome)),
  };
}

function entryLine({ atMs, source, tone, text }: TimelineEntry): string {
  const time = `+${(atMs / 1000).toFixed(1)} s`.padStart(8);
  const sign =
    source === 'done' ? bold('▶') : source === 'seen' ? (tone === 'good' ? green('✓') : yellow('!')) : dim('·');
  const room = columns() - 13;
  const shown = shorten(text.replace(/\s+/g, ' '), room);
  const painted =
    source === 'done'
      ? bold(shown)
      : tone === 'error'
        ? red(shown)
        : tone === 'warning'
          ? yellow(shown)
          : source === 'journal' && tone === 'info'
            ? dim(shown)
            : shown;
  return `${dim(time)} ${sign} ${painted}`;
}
