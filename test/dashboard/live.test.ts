import { describe, expect, test } from 'vitest';
import { arrivals } from '../../dashboard/arrivals.ts';
import { JOURNAL_KEPT, type Live, type LiveEvent, nothingYet, reduce } from '../../dashboard/live.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';
import { calm, lost, moving, restored, suspect } from './scenario-7b.ts';

const heard = (...events: readonly LiveEvent[]): Live => events.reduce(reduce, nothingYet);
const viewed = (view: ClusterView, at = view.wallMs): LiveEvent => ({ kind: 'viewed', at, view });
const entry = (id: number): JournalEntry => ({ ...calm.journal[0]!, id, text: `entry ${id}` });
const ids = (live: Live) => live.journal.map(({ id }) => id);

describe('the view', () => {
  test('a newer view replaces the one before; an older one that arrives late does not', () => {
    expect(heard(viewed(calm), viewed(suspect)).view).toBe(suspect);
    expect(heard(viewed(suspect), viewed(calm)).view).toBe(suspect);
  });

  test('after a reconnection the first view counts whatever its version: the coordinator may have started anew', () => {
    const restarted = { ...calm, version: 1 };
    expect(heard(viewed(suspect), { kind: 'disconnected' }, { kind: 'connected' }, viewed(restarted)).view).toBe(
      restarted,
    );
  });

  test('a new term counts whatever its version', () => {
    const next = { ...calm, term: 8, version: 1 };
    expect(heard(viewed(suspect), viewed(next)).view).toBe(next);
  });

  test('a lost connection keeps showing the last state', () => {
    const live = heard(viewed(calm), { kind: 'disconnected' });
    expect([live.connection, live.view]).toEqual(['lost', calm]);
  });

  test("the coordinator's clock is known, also where the browser's is wrong", () => {
    expect(heard(viewed(calm, calm.wallMs - 90_000)).skewMs).toBe(90_000);
  });
});

describe('the journal', () => {
  test('lines from views and from the stream are merged, each once, oldest first', () => {
    const live = heard(
      viewed(calm),
      { kind: 'journaled', entry: entry(6) },
      { kind: 'journaled', entry: entry(5) },
      {
        kind: 'journaled',
        entry: entry(6),
      },
    );
    expect(ids(live)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test(`keeps the newest ${JOURNAL_KEPT}`, () => {
    const events = Array.from({ length: 250 }, (_, i): LiveEvent => ({ kind: 'journaled', entry: entry(i + 1) }));
    const live = heard(...events);
    expect([live.journal.length, ids(live)[0], ids(live).at(-1)]).toEqual([JOURNAL_KEPT, 51, 250]);
  });

  test('a coordinator with an empty store counts from 1 again: the old lines go', () => {
    const anew = { ...calm, version: 1, term: 1, journal: [entry(1), entry(2)] };
    expect(ids(heard(viewed(restored), { kind: 'connected' }, viewed(anew)))).toEqual([1, 2]);
  });
});

describe('what a lost node ran', () => {
  const names = (live: Live) => live.remains.get(lost.nodes[0]!.node)?.map(({ instance }) => instance);

  test('is remembered while it is lost, although the view names it no longer', () => {
    const emptied = {
      ...lost,
      nodes: lost.nodes.map((node) => (node.node === 'N1' ? { ...node, instances: [] } : node)),
    };
    expect(names(heard(viewed(calm), viewed(emptied), viewed(restored)))).toEqual(['db/0', 'web/0', 'queue-worker/0']);
  });

  test('is forgotten when it is back', () => {
    expect(names(heard(viewed(calm), viewed(lost), viewed({ ...calm, version: 20 })))).toBeUndefined();
  });
});

describe('arrivals', () => {
  const between = (...views: readonly ClusterView[]) => {
    const before = heard(...views.slice(0, -1).map((view) => viewed(view)));
    return arrivals(before.homes, before.view, views.at(-1)!).map(
      ({ instance, from, to }) => `${instance} ${from}→${to}`,
    );
  };

  test('an instance that starts elsewhere comes from where it was lost', () => {
    expect(between(calm, lost, moving)).toEqual(['web/0 N1→N2', 'queue-worker/0 N1→N3']);
    expect(between(calm, lost, moving, restored)).toEqual(['db/0 N1→N9']);
  });

  test('a page opened after the loss knows as much from the chips marked lost', () => {
    expect(between(lost, moving)).toEqual(['web/0 N1→N2', 'queue-worker/0 N1→N3']);
  });

  test('nothing arrives where nothing moved, where a standby was promoted in place, or on the first view', () => {
    expect(between(calm, suspect)).toEqual([]);
    expect(between(suspect, lost)).toEqual([]);
    expect(arrivals(new Map(), null, moving)).toEqual([]);
  });
});
