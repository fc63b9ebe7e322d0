import type { NodeName } from '../../protocol/ids.ts';
import type { Gone, Hello, InstanceReport } from '../../protocol/messages.ts';
import { adoptUnknown, overtake } from './adoption.ts';
import { bindingsOn } from './bindings.ts';
import type { NodeRecord } from './durable.ts';
import { forgetNode } from './failed-starts.ts';
import { fenceEnds } from './fence-allowance.ts';
import { isTooLate, startHintQuery } from './fencing.ts';
import { forgetFailures, isUnsteady, nodeReturned } from './flapping.ts';
import { NOTHING_JUDGED } from './health-track.ts';
import { isForeign } from './other-coordinators.ts';
import { bindingKey, hasBmc, NOTHING_REPORTED, type Node, type State, type Watch } from './state.ts';
import type { Turn } from './turn.ts';

/*
 * Who belongs to the cluster, and which server stands behind a name. A name belongs to the server that took it first;
 * another server gets it only through `server replace`.
 */

export function unheard(grantedAt: number): Watch {
  return {
    liveness: 'unknown',
    bootId: 0,
    heardAt: null,
    heartbeat: -1,
    report: -1,
    grantedAt,
    greetedAt: Number.NEGATIVE_INFINITY,
    rival: 0,
    store: undefined,
    obeyed: { term: 0, revision: 0 },
    assigned: 0,
    assignedAt: Number.NEGATIVE_INFINITY,
    askedAt: Number.NEGATIVE_INFINITY,
    hung: false,
    refused: '',
    excused: false,
    hinted: false,
    power: null,
    held: null,
    ...NOTHING_REPORTED,
    peaks: new Map(),
  };
}

export function greeted(turn: Turn, hello: Hello): void {
  if (isForeign(turn, hello)) return;
  overtake(turn, hello);
  const refusal = refuse(turn.state, hello);
  if (refusal !== null) {
    const refused = `${hello.server.serial}#${hello.bootId}`;
    const known = turn.state.nodes.get(hello.node);
    if (!known || known.watch.refused === refused) return;
    turn.watch(hello.node, { refused });
    turn.journal({ kind: 'node', severity: 'error', node: hello.node, text: refusal });
    return;
  }
  const known = turn.state.nodes.get(hello.node);
  const { state } = turn;
  const record: NodeRecord = {
    node: hello.node,
    bootId: hello.bootId,
    machineBoot: hello.machineBoot,
    server: hello.server,
    inventory: hello.inventory,
    capacity: hello.capacity,
    domain: hello.domain,
    labels: hello.labels,
    guard: hello.guard,
    stopBoundMs: hello.stopBoundMs,
    cordoned: known?.record.cordoned ?? false,
    draining: known?.record.replacement ? false : (known?.record.draining ?? false),
    replacement: null,
    lost: false,
    ...(known?.record.returning && { returning: known.record.returning }),
  };
  const sameBoot = known !== undefined && known.watch.bootId === hello.bootId;
  const replacement = known?.record.replacement ?? null;
  const sameServer = known?.record.server.serial === hello.server.serial;
  if (replacement !== null && (replacement !== 'awaiting-server' || (sameServer && !known?.record.lost))) {
    // the old server's agent, speaking again while its replacement is under way, changes nothing about that
    Object.assign(record, { replacement, draining: known?.record.draining ?? true });
  }
  const before = known?.watch ?? unheard(state.at);
  turn.putNode(record, {
    ...before,
    liveness: 'alive',
    bootId: hello.bootId,
    heardAt: state.at,
    heartbeat: sameBoot ? before.heartbeat : -1,
    report: sameBoot ? before.report : -1,
    store: hello.store,
    obeyed: { term: hello.term, revision: hello.revision },
    hung: false,
    excused: false,
    hinted: false,
    power: null,
    health: !known || sameServer ? before.health : NOTHING_JUDGED,
    held: null,
    // a hello is not numbered: what the boot has reported since may be newer
    actual: sameBoot && before.report >= 0 ? before.actual : byKey(hello.instances),
    ...(sameBoot ? {} : { greetedAt: state.at }),
  });
  if (!sameBoot) forgetNode(turn, hello.node);
  fenceEnds(turn, hello.node);
  if (known && !sameServer) forgetFailures(turn, hello.node);
  else nodeReturned(turn, hello.node, before, known?.record.lost ?? false);
  turn.touch(hello.node);
  adoptUnknown(turn, hello.node, hello.instances);
  if (!known || !sameBoot || before.liveness !== 'alive') announce(turn, hello, known ?? null);
}

function byKey(instances: readonly InstanceReport[]): Map<string, InstanceReport> {
  return new Map(instances.map((report) => [bindingKey(report.instance, report.generation), report]));
}

/** More names than any cluster has are somebody's mistake or mischief. */
const MAX_NODES = 10_000;

function refuse(state: State, hello: Hello): string | null {
  const known = state.nodes.get(hello.node);
  if (!known)
    return state.nodes.size < MAX_NODES ? null : `${hello.node} is refused: there are ${MAX_NODES} nodes already.`;
  const { record, watch } = known;
  const sameServer = record.server.serial === hello.server.serial;
  const name = hello.node;
  if (!sameServer && record.replacement !== 'awaiting-server')
    return `Server ${hello.server.serial} reports the name ${name}, which belongs to server ${record.server.serial}: refused. If it takes its place, say 'evenkeel server replace ${name}'.`;
  if (isTooLate(state, watch.power)) return `${name} says hello while it is being fenced: refused until that is over.`;
  const speaking = watch.liveness === 'alive' || watch.liveness === 'suspect';
  if (
    speaking &&
    sameServer &&
    hello.bootId > watch.bootId &&
    hello.machineBoot !== record.machineBoot &&
    state.at - (watch.heardAt ?? Number.NEGATIVE_INFINITY) < state.settings.hintAfterMs
  )
    return `A machine that has just booted reports the name ${name}, whose own machine was heard a moment ago and cannot have restarted so fast: refused while that one speaks. Two machines run with the same name and serial number ${hello.server.serial}.`;
  if (sameServer && hello.bootId < watch.bootId && speaking)
    return `An older agent (boot ${hello.bootId}) reports the name ${name} while boot ${watch.bootId} speaks for it: refused. Two agents run with the same name.`;
  return null;
}

function announce(turn: Turn, hello: Hello, known: Node | null): void {
  const { node } = hello;
  const before = known?.record ?? null;
  const facts =
    `${hello.inventory.cpuCores} cores, ${hello.server.vendor} ${hello.server.model} ${hello.server.serial}`.trim();
  const line = (severity: 'info' | 'notice', text: string) => turn.journal({ kind: 'node', severity, node, text });
  if (before === null) {
    line('notice', `${node} has joined the cluster (${facts}, failure domain ${hello.domain}).`);
    turn.state.rebalance = `${node} was added`;
  } else if (before.server.serial !== hello.server.serial) {
    line('notice', `${node} has a new server (${facts}) in place of ${before.server.serial}.`);
    turn.state.rebalance = `${node} has a new server`;
  } else if (before.lost) {
    line('notice', `${node} is back; nothing that it ran before is its own any more.`);
    if (!isUnsteady(turn.state, node)) turn.state.rebalance = `${node} came back`;
  } else if (hello.machineBoot !== before.machineBoot) line('notice', `${node} has restarted.`);
  else if (hello.bootId !== before.bootId) {
    line('info', `The agent of ${node} has restarted; ${hello.instances.length} running instances adopted.`);
    if (known?.watch.liveness === 'alive' && offersTheSame(before, hello)) return; // placement has nothing to think over
  } else {
    line('info', `${node} is heard.`);
    return turn.reconsider(`${node} is heard`);
  }
  turn.reconsider(`${node} said hello`);
}

function offersTheSame(before: NodeRecord, hello: Hello): boolean {
  const offered = ({ capacity, domain, labels, guard }: NodeRecord | Hello) =>
    JSON.stringify([Object.entries(capacity).sort(), domain, Object.entries(labels).sort(), guard]);
  return offered(before) === offered(hello);
}

/** A will: a connection was lost. It may be a mere reconnect, so it is only a reason to ask the BMC. */
export function hinted(turn: Turn, gone: Gone): void {
  const known = turn.state.nodes.get(gone.node);
  if (!known || known.watch.bootId !== gone.bootId || turn.state.disarmed) return;
  const { liveness, power } = known.watch;
  if ((liveness !== 'alive' && liveness !== 'suspect') || power !== null || known.watch.hinted) return;
  startHintQuery(turn, gone.node, 'lost its connection');
}

/** Guided replacement: drained → powered off → awaiting the new server. */
export function pursueReplacements(turn: Turn): void {
  for (const { record, watch } of [...turn.state.nodes.values()]) {
    const { node, replacement } = record;
    if (replacement === 'draining' && bindingsOn(turn.state, node).length === 0) {
      turn.patchNode(node, { replacement: 'powering-off' });
      const off = hasBmc(turn.state.settings, node) && watch.liveness !== 'lost';
      turn.journal({
        kind: 'operator',
        node,
        text: off
          ? `${node} is empty: its server is powered off for replacement.`
          : `${node} is empty: power its server off by hand, then connect the new one.`,
      });
      if (!off) awaitServer(turn, node);
    } else if (replacement === 'powering-off' && watch.liveness === 'lost') awaitServer(turn, node);
  }
}

function awaitServer(turn: Turn, node: NodeName): void {
  turn.patchNode(node, { replacement: 'awaiting-server' });
  turn.journal({
    kind: 'operator',
    severity: 'notice',
    node,
    text: `${node} waits for its new server: whichever says hello as ${node} next takes its place.`,
  });
}

export function nodesPoweringOff(state: State): NodeName[] {
  return [...state.nodes.values()]
    .filter(({ record, watch }) => record.replacement === 'powering-off' && watch.liveness !== 'lost')
    .map(({ record }) => record.node);
}
