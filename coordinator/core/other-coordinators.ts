import { few } from '../../protocol/few.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Hello } from '../../protocol/messages.ts';
import { givesWay, type Presence, sharesStore } from '../../protocol/presence.ts';
import type { Reply } from './effects.ts';
import type { State } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * More than one coordinator under one cluster name. Whoever goes by another store has other nodes: nothing that they say is believed, and
 * nothing is said to them. Whoever goes by the same store, a copy or one that took it over, leads or gives way by the term; what gives
 * way decides nothing any more.
 */

/** One that has not been heard for so long is gone. */
const FORGOTTEN_MS = 60_000;
/** A second coordinator says that it is there at least three times within this. */
const HEARD_WITHIN_MS = 2000;

export function presenceOf({ self, term }: State): Presence {
  return { v: 1, phase: 'leading', run: self.run, stores: [...self.stores], term };
}

/** Another coordinator of this cluster name is on the broker. */
export function otherHeard(turn: Turn, said: Presence): void {
  const { state } = turn;
  const isNew = state.other === null || state.other.said.run !== said.run;
  state.other = { said, heardAt: state.at };
  const own = presenceOf(state);
  if (sharesStore(own, said)) {
    if (!givesWay(own, said)) return; // it gives way, or does not start at all
    state.deposed = said.term; // nothing is written for it: a full disk must not keep it from giving way
    return;
  }
  if (!isNew) return;
  turn.journal({
    kind: 'coordinator',
    severity: 'error',
    text: `A second coordinator of this cluster name is on the broker, with another store (${storeText(said)}): stop it, or give its cluster another name. This one goes on with its own nodes.`,
  });
}

export function forgetOther(turn: Turn): void {
  const { state } = turn;
  if (state.other === null || state.at - state.other.heardAt < FORGOTTEN_MS) return;
  const text = `The second coordinator (${storeText(state.other.said)}) has not been heard for a minute.`;
  state.other = null;
  turn.journal({ kind: 'coordinator', severity: 'notice', text });
}

function storeText({ stores }: Presence): string {
  return stores.length === 0 ? 'none that can be read' : stores.join(', ');
}

/**
 * Whether an agent obeys another store than ours, which makes its node none of ours: it is told of once, and what is known of it here
 * stands as it is. A node that speaks is not dead, so that it is not fenced either.
 */
export function isForeign(turn: Turn, { node, store }: Pick<Hello, 'node' | 'store'>): boolean {
  const { state } = turn;
  const known = state.nodes.get(node);
  if (!store || state.self.stores.length === 0 || state.self.stores.includes(store)) {
    if (state.foreign.has(node)) turn.put('foreign', node, null);
    return false;
  }
  if (known && known.watch.liveness !== 'lost') turn.watch(node, { heardAt: state.at });
  if (state.foreign.get(node) === store) return true;
  turn.put('foreign', node, store);
  turn.journal({
    kind: 'node',
    severity: 'error',
    node,
    text: `${node} obeys a coordinator with another store (${store}, this one is ${state.self.stores[0]}): what it says does not count here. If that store is lost for good: 'evenkeel store adopt ${store}'.`,
  });
  return true;
}

/** The store that a message to an agent names: the one that it obeys, or ours where it obeys none yet. To agents that know of none, none. */
export function addressed({ self }: State, said: string | undefined): { readonly store?: string } {
  const store = said === '' ? self.stores[0] : said;
  return store === undefined ? {} : { store };
}

/** An operator says that the coordinator of a store will not come back, and that this one takes its nodes over. */
export function adopt(turn: Turn, store: string): Reply {
  const { state } = turn;
  const conflict = (message: string): Reply => ({ ok: false, code: 'CONFLICT', message });
  if (state.self.stores.includes(store)) return { ok: true, notes: [`this coordinator goes by ${store} already`] };
  const { other } = state;
  if (other?.said.stores.includes(store) && state.at - other.heardAt < HEARD_WITHIN_MS)
    return conflict(`A coordinator with the store ${store} is on the broker: stop it first, or let it go on.`);
  const nodes = [...state.foreign].filter(([, obeyed]) => obeyed === store).map(([node]) => node);
  if (nodes.length === 0) {
    const heard = [...new Set(state.foreign.values())].join(', ') || 'none other';
    return conflict(`No node that was heard obeys the store ${store}; heard were: ${heard}.`);
  }
  const stores = [...state.self.stores, store];
  state.self = { ...state.self, stores };
  turn.effects.push({ kind: 'persist', change: { table: 'identity', key: 'identity', value: { stores } } });
  for (const node of nodes) turn.put('foreign', node, null);
  turn.journal({
    kind: 'operator',
    severity: 'warning',
    text: `The nodes of the store ${store} are taken over: ${nodes.join(', ')}. What they run and this store does not know of is stopped.`,
  });
  return {
    ok: true,
    notes: [`${nodes.join(', ')} ${nodes.length === 1 ? 'belongs' : 'belong'} to this coordinator from here on`],
  };
}

/** A sentence for the page, worst first; null where all is as it should be. */
export function othersText({ deposed, other, foreign, self }: State): string | null {
  if (deposed !== null)
    return `Another coordinator goes by this store and leads (term ${deposed}): this one decides nothing any more. Stop it, or stop the other and start this one again.`;
  if (other !== null && !sharesStore(other.said, { stores: [...self.stores] }))
    return `A second coordinator of this cluster name, with another store (${storeText(other.said)}), is on the broker: stop it, or give its cluster another name.`;
  if (foreign.size === 0) return null;
  const [store = ''] = foreign.values();
  const nodes: readonly NodeName[] = [...foreign.keys()];
  return `${few(nodes, 3, 2)} ${nodes.length === 1 ? 'obeys' : 'obey'} a coordinator with another store: if that is lost for good, 'evenkeel store adopt ${store}'.`;
}
