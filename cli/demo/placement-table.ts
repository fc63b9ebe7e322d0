import type { ClusterView, NodeView } from '../../protocol/view.ts';
import { byName } from './outside.ts';

/** Where everything is at one moment, small enough to keep and to compare. */
export interface Placement {
  readonly nodes: readonly {
    readonly node: string;
    readonly domain: string;
    readonly state: string; // '' when there is nothing to say
    readonly load: number; // CPU demanded of capacity, 0 to 1
    readonly instances: readonly { readonly instance: string; readonly role: string }[];
  }[];
}

export function placementOf(view: ClusterView): Placement {
  const nodes = [...view.nodes].sort((a, b) => byName(a.node, b.node));
  return {
    nodes: nodes.map((node) => ({
      node: node.node,
      domain: node.domain,
      state: stateOf(node),
      load: (node.demand.cpu ?? 0) / Math.max(1, node.capacity.cpu ?? 1),
      instances: node.instances
        .map(({ instance, role }) => ({ instance: instance as string, role }))
        .sort((a, b) => byName(a.instance, b.instance)),
    })),
  };
}

function stateOf(node: NodeView): string {
  if (node.liveness !== 'alive') return node.liveness;
  if (node.replacement !== null) return node.replacement;
  if (node.health !== 'ok') return node.health;
  return node.cordoned || node.draining ? 'cordoned' : '';
}

export interface Paint {
  readonly added: (text: string) => string;
  readonly gone: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

/**
 * Before and after, a line for each node. `●` acts, `○` stands by; `+` came in the meantime, and what left is shown struck
 * where it was. With room for only one column, it is the one after.
 */
export function placementTable(before: Placement | null, after: Placement, paint: Paint, columns: number): string[] {
  const names = [...new Set([...(before?.nodes ?? []), ...after.nodes].map(({ node }) => node))].sort(byName);
  const both = before !== null && columns >= 96;
  const width = both ? Math.floor((columns - 14) / 2) : columns - 14;
  const lines = [
    paint.faint(both ? `  node    ${pad('before', width)}    after` : `  node    ${before ? 'after' : 'placement'}`),
  ];
  let domain = '';
  for (const name of names) {
    const now = after.nodes.find(({ node }) => node === name);
    const then = before?.nodes.find(({ node }) => node === name);
    const rack = now?.domain ?? then?.domain ?? '';
    const left = `  ${rack === domain ? ' ' : paint.strong(rack)} ${name.padEnd(4)}`;
    domain = rack;
    const cellNow = cell(now, then, before !== null, paint);
    const cellThen = cell(then, now, false, paint);
    lines.push(both ? `${left}  ${padCell(cellThen, width)}    ${cellNow.text}` : `${left}  ${cellNow.text}`);
  }
  return lines;
}

interface CellText {
  readonly text: string;
  readonly width: number;
}
type Row = Placement['nodes'][number];

function cell(row: Row | undefined, other: Row | undefined, marks: boolean, paint: Paint): CellText {
  if (!row) return { text: paint.faint('-'), width: 1 };
  const had = new Map((other?.instances ?? []).map(({ instance, role }) => [instance, role]));
  const parts: { plain: string; painted: string }[] = [];
  const bar = gauge(row.load);
  const lost = row.state === 'lost' || row.state === 'dead' || row.state === 'fencing';
  if (lost) parts.push({ plain: `✗ ${row.state}`, painted: paint.bad(`✗ ${row.state}`) });
  else {
    parts.push({ plain: bar, painted: paint.faint(bar) });
    if (row.state !== '') parts.push({ plain: row.state, painted: paint.bad(row.state) });
  }
  for (const { instance, role } of row.instances) {
    const plain = `${instance}${role === 'active' ? '●' : '○'}`;
    const isNew = marks && !had.has(instance);
    const promoted = marks && had.get(instance) === 'standby' && role === 'active';
    const shown = isNew ? `+${plain}` : promoted ? `↑${plain}` : plain;
    parts.push({ plain: shown, painted: isNew || promoted ? paint.added(shown) : shown });
  }
  const text = parts.map(({ painted }) => painted).join(' ');
  return { text, width: parts.reduce((sum, { plain }) => sum + plain.length + 1, -1) };
}

const BAR_CHARS = 5;
function gauge(load: number): string {
  const full = Math.round(Math.min(1, load) * BAR_CHARS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CHARS - full)}${String(Math.round(load * 100)).padStart(3)} %`;
}

function pad(text: string, width: number): string {
  return text.length >= width ? text : text + ' '.repeat(width - text.length);
}
function padCell({ text, width }: CellText, to: number): string {
  return width >= to ? text : text + ' '.repeat(to - width);
}
