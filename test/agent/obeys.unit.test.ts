import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { beginBoot, saveFacts } from '../../agent/identity.ts';
import { adoptedState } from '../../agent/initial-state.ts';
import { step } from '../../agent/step.ts';
import type { ClusterName } from '../../protocol/ids.ts';
import { instanceOf, n1 } from './stage.ts';

/* An agent obeys the coordinator of one store, and remembers which. */

const [OURS, THEIRS] = ['00000000000000aa', '00000000000000bb'];
const assignment = (store: string | undefined, change: object = {}) => ({
  kind: 'assigned' as const,
  atMs: 0,
  assignment: {
    ...{ v: 1 as const, node: n1, bootId: 100, term: 3, revision: 1, instances: [instanceOf('web/0', 'x')] },
    ...(store === undefined ? {} : { store }),
    ...change,
  },
});
const obeying = (store: string) => adoptedState('N1', { bootId: 100, term: 3, store }, []);
const [lease, request] = [
  (store: string) => ({
    kind: 'leased' as const,
    atMs: 0,
    untilMs: 9000,
    lease: { v: 1 as const, node: n1, bootId: 100, term: 9, sequence: 0, sentMs: 0, leaseMs: 9000, revision: 1, store },
  }),
  (store: string) => ({
    kind: 'requested' as const,
    atMs: 0,
    request: { v: 1 as const, node: n1, term: 9, kind: 'hello' as const, store },
  }),
];

test('the first store that an order names is obeyed, and on disk before anything is started', () => {
  const [state, effects] = step(obeying(''), assignment(OURS));
  expect(state.store).toBe(OURS);
  expect(effects.map(({ kind }) => kind)).toEqual(['persistTerm', 'launch', 'report']);
  for (const order of [assignment(OURS, { term: 9 }), lease(OURS)]) {
    const [obeyed, written] = step(obeying(''), order);
    expect(obeyed).toMatchObject({ store: OURS, term: 9 });
    const terms = written.flatMap((effect) => (effect.kind === 'persistTerm' ? [effect.term] : []));
    expect([terms[0], terms.at(-1)]).toEqual([9, 9]); // an older one written last would be what stays
  }
});

test('orders by another store, or by none, are refused, however high their term; told once of each', () => {
  for (const order of [
    assignment(THEIRS, { term: 99 }),
    assignment(undefined, { term: 99 }),
    lease(THEIRS),
    request(THEIRS),
  ]) {
    const [state, effects] = step(obeying(OURS), order);
    expect(state).toMatchObject({ store: OURS, term: 3, assigned: false });
    expect(state.leaseUntilMs ?? 0).toBe(0);
    expect(effects).toMatchObject([{ kind: 'note', note: 'other-coordinator', detail: expect.stringContaining(OURS) }]);
    expect(step(state, order)[1]).toEqual([]);
  }
  expect(step(obeying(OURS), assignment(OURS))[1].map(({ kind }) => kind)).toContain('launch');
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('it is remembered over a restart, and forgotten where the agent is to belong to another cluster', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'evenkeel-obeys-'));
  folders.push(stateDir);
  const [own, other] = ['test', 'other'] as ClusterName[];
  const { bootId, store } = beginBoot({ stateDir, cluster: own! }, 0);
  expect(store).toBe('');
  saveFacts(stateDir, { cluster: own!, bootId, term: 7, store: OURS });
  expect(beginBoot({ stateDir, cluster: own! }, 0)).toMatchObject({ term: 7, store: OURS, problems: [] });
  expect(beginBoot({ stateDir, cluster: own! }, 0)).toMatchObject({ term: 7, store: OURS });
  expect(beginBoot({ stateDir, cluster: other! }, 0)).toMatchObject({ store: '' });
});
