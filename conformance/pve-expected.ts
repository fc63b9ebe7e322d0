/* What a case's timeline amounts to: who runs where in the end, and how often each was moved. */
import { type PveCase, placesOnStart } from './pve-case.ts';

export interface Expected {
  readonly places: ReadonlyMap<string, string | null>; // null: it does not run
  readonly changes: ReadonlyMap<string, number>; // how often it left a node that was well for another one
  readonly returned: ReadonlySet<string>; // to a node where they were before
  readonly fenced: ReadonlySet<string>;
}

export function expectedOf(one: PveCase): Expected {
  const places = new Map<string, string | null>();
  const last = new Map<string, string>(placesOnStart(one) ? [] : Object.entries(one.current));
  const changes = new Map<string, number>();
  const fenced = new Set<string>();
  const seen = new Map([...last].map(([app, node]) => [app, new Set([node])]));
  const returned = new Set<string>();
  const leave = (node: string) => {
    for (const [app, place] of places) if (place === node) places.set(app, null);
    for (const [app, place] of last) if (place === node) last.delete(app);
  };
  const underWay = new Map<string, string>();
  const arrive = (app: string, node: string) => {
    const before = last.get(app);
    const nodes = seen.get(app) ?? new Set();
    if (before !== undefined && before !== node) changes.set(app, (changes.get(app) ?? 0) + 1);
    if (nodes.size > 1 || !nodes.has(node))
      if (nodes.has(node)) returned.add(app);
      else returned.delete(app);
    last.set(app, node);
    seen.set(app, nodes.add(node));
  };
  for (const { cmd, do: what, app, node, to, state } of one.expected.timeline) {
    const off = /^power (\S+) off$/.exec(cmd ?? '')?.[1];
    if (off !== undefined) leave(off);
    if (what === 'fenced' && node !== undefined) {
      fenced.add(node);
      leave(node);
    }
    if (app === undefined) continue;
    const between = underWay.get(app);
    if ((what === 'migrate' || what === 'relocate') && to !== undefined) {
      // from where it went it goes on: it was there, though no line says that it started
      if (between !== undefined && between !== to) arrive(app, between);
      underWay.set(app, to);
      continue;
    }
    underWay.delete(app);
    if (between !== undefined && state === 'error') arrive(app, between); // tried there, in vain
    if (what === 'started' && node !== undefined) {
      places.set(app, node);
      arrive(app, node);
    } else if (what === 'stopped' || (what === 'state' && state === 'stopped')) places.set(app, null);
    else if (what === 'state' && state === 'error' && places.get(app) === undefined) places.set(app, null);
  }
  return { places, changes, returned, fenced };
}
