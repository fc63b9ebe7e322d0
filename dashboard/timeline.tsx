import { useEffect, useState } from 'preact/hooks';
import type { JournalEntry } from '../protocol/view.ts';
import { Icon, type IconName } from './icon.tsx';
import { matching } from './journal-filter.ts';
import { ago, clock } from './times.ts';

const SEVERITY: Readonly<Record<JournalEntry['severity'], { readonly icon: IconName; readonly tone: string }>> = {
  info: { icon: 'dot', tone: 'quiet' },
  notice: { icon: 'info', tone: 'busy' },
  warning: { icon: 'alert', tone: 'warning' },
  error: { icon: 'cross', tone: 'bad' },
};

export function Timeline(props: { readonly journal: readonly JournalEntry[]; readonly skewMs: number }) {
  const [filter, setFilter] = useState('');
  const nowMs = useNow() + props.skewMs;
  const shown = matching(props.journal, filter).toReversed();
  return (
    <section class="panel timeline" aria-labelledby="timeline-title" data-testid="timeline">
      <div class="timeline-head">
        <h2 id="timeline-title">Time line</h2>
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter the time line"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <ol class="entries" tabIndex={0} aria-label="Newest first">
        {shown.map((entry) => (
          <Entry key={entry.id} entry={entry} when={ago(entry.wallMs, nowMs)} />
        ))}
      </ol>
      {shown.length === 0 && <p class="quiet">{filter === '' ? 'Nothing has happened yet.' : 'Nothing matches.'}</p>}
    </section>
  );
}

function Entry(props: { readonly entry: JournalEntry; readonly when: string }) {
  const { entry, when } = props;
  const { icon, tone } = SEVERITY[entry.severity];
  return (
    <li class="entry" data-testid="entry" data-tone={tone}>
      <Icon name={icon} />
      <div>
        <p>
          {tone === 'quiet' ? null : <span class="spoken">{entry.severity}: </span>}
          {entry.text}
        </p>
        <p class="when">
          <time dateTime={new Date(entry.wallMs).toISOString()}>{clock(entry.wallMs)}</time> <span>{when}</span>
        </p>
      </div>
    </li>
  );
}

function useNow(): number {
  const [now, tick] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, Date.now());
}
