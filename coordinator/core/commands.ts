import type { NodeAction } from '../../protocol/api.ts';
import type { AppName, NodeName } from '../../protocol/ids.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { bindingsOfApp, bindingsOn } from './bindings.ts';
import { impossibleBudget } from './budgets.ts';
import { arm, disarm, withDisarmed } from './disarm.ts';
import type { Reply } from './effects.ts';
import type { Command } from './events.ts';
import { forgetApp } from './failed-starts.ts';
import { forgiveFailures, isQuarantined } from './flapping.ts';
import { adopt } from './other-coordinators.ts';
import { rebootingNode } from './reboot.ts';
import { controlReboot, startReboot } from './reboot-commands.ts';
import { whoReturns } from './returning.ts';
import { byName, hasBmc, type Node } from './state.ts';
import { loseNode } from './takeover.ts';
import type { Turn } from './turn.ts';

/** What an operator asked for: the reply goes out once the change is on disk. */
export function commanded(turn: Turn, request: number, command: Command): void {
  turn.effects.push({ kind: 'reply', request, reply: withDisarmed(turn.state, answer(turn, command)) });
}

function answer(turn: Turn, command: Command): Reply {
  switch (command.kind) {
    case 'apply':
      return apply(turn, command.spec);
    case 'delete':
      return remove(turn, command.app);
    case 'reboot':
      return startReboot(turn, command.nodes, command.own);
    case 'disarm':
      return disarm(turn, { reason: command.reason, wallMs: command.wallMs });
    case 'arm':
      return arm(turn);
    case 'controlReboot':
      return controlReboot(turn, command.control);
    case 'adopt':
      return adopt(turn, command.store);
    case 'node': {
      const node = turn.state.nodes.get(command.node);
      if (!node) return unknownNode(turn, command.node);
      return onNode(turn, command.action, node, command.returns === true);
    }
  }
}

const ok = (...notes: string[]): Reply => ({ ok: true, notes });
const conflict = (message: string): Reply => ({ ok: false, code: 'CONFLICT', message });

function unknownNode(turn: Turn, node: NodeName): Reply {
  const names = [...turn.state.nodes.keys()].sort(byName).join(', ') || 'none yet';
  return { ok: false, code: 'NODE_UNKNOWN', message: `There is no node ${node}. Known nodes: ${names}.` };
}

function apply(turn: Turn, spec: AppSpec): Reply {
  const { state } = turn;
  const before = state.apps.get(spec.name);
  if (before?.deleted) return conflict(`${spec.name} is still being removed; apply it again when it is gone.`);
  const failed = before && forgetApp(turn, spec.name);
  if (before && JSON.stringify(before.spec) === JSON.stringify(spec)) {
    if (!failed) return ok(`${spec.name} is as it was.`);
    turn.reconsider(`${spec.name} was applied again`);
    return ok(`${spec.name} is as it was; where it failed to start it may be tried again.`);
  }
  turn.putApp(spec.name, { spec, deleted: false });
  turn.reconsider(`${spec.name} was ${before ? 'changed' : 'applied'}`);
  const loosened =
    before &&
    (JSON.stringify(before.spec.constraints) !== JSON.stringify(spec.constraints) ||
      JSON.stringify(before.spec.demand) !== JSON.stringify(spec.demand));
  if (loosened) state.loosened = new Set([...state.loosened, spec.name]);
  for (const binding of bindingsOfApp(state, spec.name)) {
    const { record } = binding;
    if (record.wanted) turn.putBinding({ ...binding, record: { ...record, demand: spec.demand } });
  }
  const wanted = spec.replicas + spec.standby;
  turn.journal({
    kind: 'operator',
    severity: 'notice',
    app: spec.name,
    text: `${spec.name} was ${before ? 'changed' : 'applied'}: ${spec.replicas} active${spec.standby > 0 ? ` and ${spec.standby} standby` : ''} wanted.`,
  });
  const missing = [...spec.constraints.affinity, ...spec.constraints.antiAffinity].filter(
    (app) => !state.apps.has(app),
  );
  const impossible = impossibleBudget(spec);
  return ok(
    `${spec.name}: ${wanted} ${wanted === 1 ? 'instance' : 'instances'} wanted`,
    ...missing.map((app) => `its constraints name ${app}, which does not exist (yet)`),
    ...(impossible === null ? [] : [impossible]),
  );
}

function remove(turn: Turn, name: AppName): Reply {
  const { state } = turn;
  const app = state.apps.get(name);
  if (!app) {
    const names = [...state.apps.keys()].sort(byName).join(', ') || 'none yet';
    return {
      ok: false,
      code: 'APP_UNKNOWN',
      message: `There is no application ${name}. Known applications: ${names}.`,
    };
  }
  const running = bindingsOfApp(state, name).length;
  forgetApp(turn, name);
  turn.putApp(name, running === 0 ? null : { ...app, deleted: true });
  turn.reconsider(`${name} was deleted`);
  turn.journal({
    kind: 'operator',
    severity: 'notice',
    app: name,
    text: `${name} was deleted; ${running} ${running === 1 ? 'instance is' : 'instances are'} to be stopped.`,
  });
  return ok(`${running} ${running === 1 ? 'instance is' : 'instances are'} being stopped`);
}

function onNode(turn: Turn, action: NodeAction, node: Node, returns: boolean): Reply {
  if (action !== 'confirm-dead' && rebootingNode(turn.state) === node.record.node)
    return conflict(`${node.record.node} is being rebooted: 'evenkeel reboot --cancel' calls that off.`);
  switch (action) {
    case 'cordon':
      return cordon(turn, node);
    case 'uncordon':
      return uncordon(turn, node);
    case 'drain':
      return drain(turn, node, returns);
    case 'replace':
      return replace(turn, node);
    case 'confirm-dead':
      return confirmDead(turn, node);
    case 'forget':
      return forget(turn, node);
  }
}

function note(turn: Turn, node: NodeName, text: string): void {
  turn.journal({ kind: 'operator', severity: 'notice', node, text });
  turn.reconsider(text.replace(/[.:].*$/s, ''));
}

function cordon(turn: Turn, { record }: Node): Reply {
  if (record.cordoned) return ok(`${record.node} is cordoned already`);
  turn.patchNode(record.node, { cordoned: true });
  note(turn, record.node, `${record.node} was cordoned: it gets nothing new.`);
  return ok(`${record.node} keeps what it runs and gets nothing new`);
}

function uncordon(turn: Turn, { record }: Node): Reply {
  if (record.replacement === 'powering-off' || record.replacement === 'awaiting-server')
    return conflict(`${record.node} is being replaced (${record.replacement}); connect its new server to finish.`);
  const wasQuarantined = isQuarantined(turn.state, record.node);
  if (!record.cordoned && !record.draining && !wasQuarantined) return ok(`${record.node} is not cordoned`);
  forgiveFailures(turn, record.node);
  turn.patchNode(record.node, { cordoned: false, draining: false, replacement: null });
  const back = record.returning?.length ?? 0;
  turn.state.rebalance = `${record.node} was uncordoned`;
  const quarantine = wasQuarantined ? ', its quarantine has ended' : '';
  note(turn, record.node, `${record.node} was uncordoned: it may be used again${quarantine}.`);
  return ok(
    `${record.node} may be used again${quarantine}`,
    ...(back > 0 ? [`${back} ${back === 1 ? 'instance goes' : 'instances go'} back to it where that can be`] : []),
  );
}

/** `returns`: what is on it now goes back to it when it is used again. */
function drain(turn: Turn, { record, watch }: Node, returns: boolean): Reply {
  if (watch.liveness === 'lost') return conflict(`${record.node} is lost; nothing runs on it.`);
  const count = bindingsOn(turn.state, record.node).length;
  const away = `${count} ${count === 1 ? 'instance is' : 'instances are'} to move away`;
  const back = returns ? ', and back when it is used again' : '';
  const returning = returns ? whoReturns(turn.state, record) : [];
  turn.patchNode(record.node, { draining: true, cordoned: true, returning });
  note(turn, record.node, `${record.node} is drained: ${away}${back}.`);
  return ok(`${away}${back}`);
}

function replace(turn: Turn, { record, watch }: Node): Reply {
  const { node } = record;
  if (record.replacement !== null) return conflict(`${node} is being replaced already (${record.replacement}).`);
  if (watch.liveness === 'lost') {
    turn.patchNode(node, { replacement: 'awaiting-server' });
    note(turn, node, `${node} is lost and waits for its new server.`);
    return ok(`${node} waits for its new server: whichever says hello as ${node} next takes its place`);
  }
  if (watch.liveness !== 'alive')
    return conflict(`${node} is ${watch.liveness}; wait until it is lost or alive, or confirm that it is dead.`);
  turn.patchNode(node, { replacement: 'draining', draining: true });
  note(turn, node, `${node} is to get a new server: it is drained, then powered off.`);
  return ok(
    'its instances move away first',
    hasBmc(turn.state.settings, node) ? 'then its BMC powers it off' : 'then power it off by hand: it has no BMC',
    'then connect the new server, with the same node name',
  );
}

function confirmDead(turn: Turn, { record, watch }: Node): Reply {
  if (watch.liveness === 'lost') return ok(`${record.node} is lost already`);
  if (watch.liveness === 'alive')
    return conflict(
      `${record.node} is alive: it was heard ${((turn.state.at - (watch.heardAt ?? turn.state.at)) / 1000).toFixed(1)} s ago.`,
    );
  loseNode(turn, record.node, 'an operator has confirmed that it is dead');
  return ok('what ran on it is started elsewhere');
}

/** A node that will not come back: only one that is proved to run nothing may be forgotten. */
function forget(turn: Turn, { record, watch }: Node): Reply {
  if (watch.liveness !== 'lost')
    return conflict(
      `${record.node} is ${watch.liveness}; only a lost node can be forgotten. Switch it off, or confirm that it is dead.`,
    );
  turn.dropNode(record.node);
  note(turn, record.node, `${record.node} was forgotten.`);
  return ok(`${record.node} is no member of the cluster any more; should it say hello again, it joins anew`);
}
