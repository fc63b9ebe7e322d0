import type { RebootPhase, RebootView } from '../../protocol/view.ts';
import type { RebootRecord } from './durable.ts';
import type { State } from './state.ts';

const PHASES: Readonly<Record<RebootPhase, string>> = {
  waiting: 'is next',
  draining: 'is being emptied',
  'powering-off': 'is being powered off',
  'powering-on': 'is off and being powered on',
  'awaiting-reboot': 'is empty and waits for its reboot by hand',
  'coming-back': 'is back and being watched',
};

/** How far it is, in one sentence without its end. */
export function rebootText(state: State, record: RebootRecord): string {
  const { nodes, done, phase, status, why } = record;
  const name = nodes[done];
  const count = `${done} of ${nodes.length} ${nodes.length === 1 ? 'node is' : 'nodes are'} rebooted`;
  if (name === undefined) return count;
  if (status === 'stopped') return `${count}; stopped at ${name}: ${why}`;
  const isHeld = phase === 'waiting' && state.plan !== null;
  const now = isHeld ? `${name} is next, once everything is at rest` : `${name} ${PHASES[phase]}`;
  return `${count}; ${now}${status === 'paused' ? ' (paused)' : status === 'ending' ? ' (called off)' : ''}`;
}

export function rebootView(state: State, record: RebootRecord): RebootView {
  const { nodes, done, phase, status, why } = record;
  return {
    status,
    why,
    text: rebootText(state, record),
    nodes: nodes.map((node, i) => ({ node, state: i < done ? 'done' : i === done ? phase : 'waiting' })),
  };
}
