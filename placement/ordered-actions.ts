/*
 * From one placement to another: what must be done, and what before what. A graph, not a list: actions without a path between
 * them may run at the same time.
 *
 * An instance stops before it starts again. Who must start after another stops before it; and where that one stops, so does
 * whoever needs it, though it stays where it is. Nothing starts while a node to be fenced may still run something, and what
 * is on such a node needs no stop. Room during a move is not looked at here.
 */

export interface StartOrder {
  readonly first: number; // instance
  readonly second: number;
  readonly needed: boolean; // `second` may not run while `first` does not
}

export interface Change {
  readonly from: readonly number[]; // per instance: node, -1 for none
  readonly to: readonly number[];
  readonly failed: readonly boolean[]; // per instance: must stop though it stays, and start again
  readonly orders: readonly StartOrder[];
  readonly fenced: readonly number[]; // nodes
}

export interface Action {
  readonly kind: 'fence' | 'stop' | 'start';
  readonly instance: number; // -1 of a fencing
  readonly node: number;
  readonly after: readonly number[]; // indices of actions that come directly before
}

/** The actions, each after those that it waits for; null where the orders go in a circle. */
export function orderedActions(change: Change): readonly Action[] | null {
  const { from, to, orders, fenced } = change;
  const restarts = restarted(change);
  const actions: { kind: Action['kind']; instance: number; node: number; after: number[] }[] = [];
  const add = (kind: Action['kind'], instance: number, node: number) =>
    actions.push({ kind, instance, node, after: [] }) - 1;
  const fences = fenced.map((node) => add('fence', -1, node));
  const stops = from.map((node, i) => (restarts[i] && node >= 0 && !fenced.includes(node) ? add('stop', i, node) : -1));
  const starts = to.map((node, i) => (restarts[i] && node >= 0 ? add('start', i, node) : -1));
  const before = (first: number | undefined, then: number | undefined) => {
    if (first !== undefined && then !== undefined && first >= 0 && then >= 0) actions[then]!.after.push(first);
  };
  for (const [i, start] of starts.entries()) {
    before(stops[i], start);
    for (const fence of fences) before(fence, start);
  }
  for (const { first, second } of orders) {
    before(starts[first], starts[second]);
    before(stops[second], stops[first]);
  }
  return sorted(actions);
}

/** Whether an instance stops or starts at all. */
function restarted({ from, to, failed, orders }: Change): readonly boolean[] {
  const does = from.map((node, i) => node !== to[i] || (node >= 0 && failed[i]!));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { first, second, needed } of orders) {
      if (!needed || !does[first] || does[second] || from[first] === -1 || from[second] === -1) continue;
      does[second] = true;
      changed = true;
    }
  }
  return does;
}

function sorted(actions: readonly Action[]): readonly Action[] | null {
  const place = new Map<number, number>();
  const result: Action[] = [];
  while (result.length < actions.length) {
    const next = actions.findIndex((action, k) => !place.has(k) && action.after.every((before) => place.has(before)));
    if (next < 0) return null;
    place.set(next, result.length);
    result.push({ ...actions[next]!, after: actions[next]!.after.map((before) => place.get(before)!) });
  }
  return result;
}
