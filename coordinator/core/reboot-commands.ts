import type { RebootControl } from '../../protocol/api.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { Reply } from './effects.ts';
import { finishReboot, putReboot, rebootingNode, release } from './reboot.ts';
import { rebootText } from './reboot-view.ts';
import { byName, hasBmc, type Reboot, type State } from './state.ts';
import type { Turn } from './turn.ts';

/* What an operator asks of a rolling reboot. */

const ok = (...notes: string[]): Reply => ({ ok: true, notes });
const conflict = (message: string): Reply => ({ ok: false, code: 'CONFLICT', message });

/** Begins one. No names: all nodes that are not lost. `own` are nodes that this coordinator would switch off under itself. */
export function startReboot(turn: Turn, names: readonly NodeName[], own: readonly NodeName[]): Reply {
  const { state } = turn;
  if (state.reboot) return conflict(`A rolling reboot is under way: ${rebootText(state, state.reboot.record)}.`);
  const isAll = names.length === 0;
  const known = [...state.nodes.keys()].sort(byName);
  const unknown = names.find((name) => !state.nodes.has(name));
  if (unknown !== undefined)
    return {
      ok: false,
      code: 'NODE_UNKNOWN',
      message: `There is no node ${unknown}. Known nodes: ${known.join(', ') || 'none yet'}.`,
    };
  const liveness = (name: NodeName) => state.nodes.get(name)?.watch.liveness;
  const lost = isAll ? known.filter((name) => liveness(name) === 'lost') : [];
  const spared = isAll ? known.filter((name) => own.includes(name) && !lost.includes(name)) : [];
  const nodes = isAll ? known.filter((name) => !lost.includes(name) && !spared.includes(name)) : [...new Set(names)];
  const refusal = nodes.map((name) => whyNot(state, name, own)).find((why) => why !== null);
  if (refusal) return conflict(refusal);
  if (nodes.length === 0) return conflict('There is no node to reboot.');
  putReboot(turn, {
    nodes,
    done: 0,
    phase: 'waiting',
    status: 'running',
    why: '',
    machineBoot: '',
    bootId: 0,
    wasCordoned: false,
    wasDraining: false,
  });
  const text = `A rolling reboot of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} begins: ${nodes.join(', ')}.`;
  turn.journal({ kind: 'operator', severity: 'notice', text });
  const byHand = nodes.filter((name) => !hasBmc(state.settings, name));
  return ok(
    `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} to reboot, one after the other: ${nodes.join(', ')}`,
    ...(byHand.length > 0 ? [`to be rebooted by hand once they are empty, having no BMC: ${byHand.join(', ')}`] : []),
    ...(lost.length > 0 ? [`left out, being lost: ${lost.join(', ')}`] : []),
    ...(spared.length > 0 ? [`left out, since this coordinator runs there: ${spared.join(', ')}`] : []),
  );
}

function whyNot(state: State, name: NodeName, own: readonly NodeName[]): string | null {
  const node = state.nodes.get(name);
  if (!node) return null;
  if (own.includes(name))
    return `This coordinator runs on ${name}: switched off, it could not switch it on again. Drain ${name} and reboot it by hand.`;
  if (node.record.replacement !== null) return `The server of ${name} is being replaced (${node.record.replacement}).`;
  if (node.watch.liveness !== 'alive')
    return `${name} is ${node.watch.liveness}; only nodes that are alive are rebooted.`;
  return null;
}

export function controlReboot(turn: Turn, control: RebootControl): Reply {
  const { reboot } = turn.state;
  if (!reboot) return conflict('No rolling reboot is under way.');
  switch (control) {
    case 'pause':
      return pause(turn, reboot);
    case 'resume':
      return resume(turn, reboot);
    case 'cancel':
      return cancel(turn, reboot);
  }
}

function pause(turn: Turn, { record }: Reboot): Reply {
  if (record.status === 'paused') return ok('it is paused already');
  if (record.status !== 'running') return conflict(`The rolling reboot is ${record.status}.`);
  putReboot(turn, { ...record, status: 'paused' });
  turn.journal({ kind: 'operator', severity: 'notice', text: 'The rolling reboot was paused.' });
  return ok('no other node is taken down until it is resumed', 'a node that is off already is brought back');
}

/** Goes on with the node that it is at, from what is so of it now. */
function resume(turn: Turn, reboot: Reboot): Reply {
  const { record } = reboot;
  if (record.status === 'running') return ok('it runs already');
  if (record.status === 'ending') return conflict('The rolling reboot is being called off.');
  const phase = record.status === 'stopped' ? phaseNow(turn.state, reboot) : record.phase;
  turn.state.reboot = null; // times and refusals are counted anew
  putReboot(turn, { ...record, phase, status: 'running', why: '' });
  turn.journal({ kind: 'operator', severity: 'notice', text: 'The rolling reboot was resumed.' });
  const name = record.nodes[record.done];
  return ok(`it goes on with ${name}`);
}

function phaseNow(state: State, { record }: Reboot): Reboot['record']['phase'] {
  const name = rebootingNode(state);
  const node = name === null ? undefined : state.nodes.get(name);
  if (name === null || !node || record.phase === 'waiting') return record.phase;
  if (node.watch.liveness === 'lost') return hasBmc(state.settings, name) ? 'powering-on' : 'awaiting-reboot';
  if (record.phase === 'draining' || record.phase === 'powering-off') return 'draining';
  return record.phase;
}

function cancel(turn: Turn, { record }: Reboot): Reply {
  const { state } = turn;
  const name = rebootingNode(state);
  const node = name === null ? undefined : state.nodes.get(name);
  const done = `${record.done} of ${record.nodes.length} ${record.nodes.length === 1 ? 'node' : 'nodes'}`;
  const isUp = record.phase === 'draining' || (record.phase === 'awaiting-reboot' && node?.watch.liveness === 'alive');
  if (name !== null && node && !isUp && record.status !== 'stopped') {
    putReboot(turn, { ...record, status: 'ending' });
    turn.journal({ kind: 'operator', severity: 'notice', text: `The rolling reboot ends once ${name} is back.` });
    return ok(`${name} is brought back first; no other node follows`);
  }
  if (name !== null && node) release(turn, name, record);
  finishReboot(turn, `The rolling reboot was called off after ${done}.`);
  const isOff = node?.watch.liveness === 'lost';
  return ok(`called off after ${done}`, ...(isOff ? [`${name} is off or lost: switch it on by hand`] : []));
}
