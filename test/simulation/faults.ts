import type { NodeName } from '../../protocol/ids.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import type { Cluster } from './cluster.ts';
import type { Machine } from './machine.ts';
import type { Fault } from './schedule.ts';

/* How each kind of fault begins and ends. What needs nothing done is only looked up where it matters (trouble.ts). */

/** The guard is being started anew: to take the agent out as well now would leave nobody who keeps the lease. */
function isUnguarded(machine: Machine): boolean {
  return machine.guard === null && [...machine.processes.values()].some((process) => process.isolation === 'stop');
}

export function beginFault(cluster: Cluster, fault: Fault): void {
  const machine = cluster.machines[fault.node % cluster.machines.length]!;
  const bit = () => cluster.trouble.bit(fault);
  switch (fault.kind) {
    case 'power-off':
      if (machine.power) bit();
      return machine.losePower();
    case 'freeze':
      if (machine.power) bit();
      return machine.freeze();
    case 'agent-crash':
      if (!machine.agent || machine.frozen || isUnguarded(machine)) return;
      bit();
      return machine.crashAgent();
    case 'agent-pause':
      if (!machine.agent || isUnguarded(machine)) return;
      bit();
      machine.agent.paused = true;
      return;
    case 'agent-hang':
      if (!machine.agent || isUnguarded(machine)) return;
      bit();
      machine.agent.hungSince ??= machine.clock();
      return;
    case 'guard-kill': {
      const { agent } = machine;
      if (!machine.guard || !agent || agent.paused || agent.hungSince !== null || machine.frozen) return;
      bit();
      machine.guard = null;
      return agent.guardLost();
    }
    case 'app-crash': {
      const [...processes] = machine.processes.values();
      const process = processes[Math.floor(fault.amount * processes.length)];
      if (!process || machine.frozen) return;
      bit();
      return machine.crash(process);
    }
    case 'coordinator-crash':
      if (cluster.coordinator.ended) return;
      bit();
      cluster.timeline.mark('crash', 0, () => 'C: is killed');
      return cluster.crashCoordinator(fault.forMs, fault.amount > 0.6);
    case 'coordinator-pause':
      bit();
      cluster.coordinator.paused = true;
      return;
    case 'drain':
      bit();
      return cluster.command({
        kind: 'node',
        action: 'drain',
        node: machine.name as NodeName,
        returns: fault.amount < 0.5,
      });
    case 'disarm':
      bit();
      return cluster.command({ kind: 'disarm', reason: 'a fault', wallMs: 0 });
    case 'renew':
      bit();
      return applyAgain(cluster, fault.amount < 0.5 ? 'web' : 'db', (spec) => ({
        ...spec,
        runtime: { ...spec.runtime, env: { VERSION: String(Math.floor(cluster.timeline.now)) } },
      }));
    case 'scale':
      bit();
      return applyAgain(cluster, 'web', (spec) => ({ ...spec, replicas: fault.amount < 0.5 ? 1 : 3 }));
    case 'confirm-dead':
      return confirmDead(cluster, bit);
    default:
      return;
  }
}

/** Nothing of a frozen machine runs, whatever else of it is well again. */
function onceThawed(machine: Machine, act: () => void): void {
  if (machine.frozen) machine.after(0, act);
  else act();
}

export function endFault(cluster: Cluster, fault: Fault): void {
  const machine = cluster.machines[fault.node % cluster.machines.length]!;
  switch (fault.kind) {
    case 'power-off':
      if (!machine.power) machine.bootUp();
      return;
    case 'freeze':
      return machine.thaw();
    case 'agent-crash':
      return onceThawed(machine, () => machine.startAgent());
    case 'agent-pause':
      return onceThawed(machine, () => machine.agent?.resume());
    case 'agent-hang':
      return onceThawed(machine, () => machine.agent?.unhang());
    case 'coordinator-pause':
      return cluster.coordinator.resume();
    case 'cut':
    case 'cut-up':
    case 'cut-down':
      if (fault.forMs > 7500) cluster.reconnect(machine);
      return;
    case 'jam':
      return cluster.network.release(machine.index);
    case 'broker-down':
      for (const each of cluster.machines) cluster.reconnect(each);
      return;
    case 'drain':
      return cluster.command({ kind: 'node', action: 'uncordon', node: machine.name as NodeName });
    case 'scale':
      return applyAgain(cluster, 'web', (spec) => ({ ...spec, replicas: 2 }));
    case 'disarm':
      return cluster.command({ kind: 'arm' });
    default:
      return;
  }
}

/** Everything works again from now on; what was switched off is switched on. */
export function healAll(cluster: Cluster): void {
  cluster.isHealed = true;
  cluster.trouble.healAll();
  cluster.coordinator.resume();
  cluster.startCoordinator();
  for (const machine of cluster.machines) {
    machine.thaw();
    if (!machine.power) machine.bootUp();
    machine.startAgent();
    machine.agent?.resume();
    machine.agent?.unhang();
    cluster.network.release(machine.index);
    // said again: what was to end with a fault may have been refused; and once more, since a last failure may count only after that
    const end = (kind: 'disarm' | 'drain') =>
      endFault(cluster, { kind, node: machine.index, atMs: 0, forMs: 0, amount: 0 });
    cluster.timeline.in(500, () => end('disarm'));
    for (const ms of [500, 6000])
      cluster.timeline.in(ms, () => {
        const quarantine = quarantineOf(cluster, machine.name as NodeName);
        if (quarantine === 'short' || (ms > 500 && quarantine === null)) return;
        end('drain');
      });
  }
}

/** Nothing but a quarantine keeps it from being used: one that is short ends by itself, another one somebody must end. */
function quarantineOf({ coordinator, shape }: Cluster, node: NodeName): 'short' | 'long' | null {
  if (coordinator.ended) return null;
  const record = coordinator.state.nodes.get(node)?.record;
  const isQuarantined = (coordinator.state.flaps.get(node)?.quarantine ?? null) !== null;
  if (!isQuarantined || record?.draining !== false || record.cordoned) return null;
  return shape.limits?.flapping ? 'short' : 'long';
}

function applyAgain(cluster: Cluster, app: string, change: (spec: AppSpec) => AppSpec): void {
  const known = cluster.disk.read().apps.find(({ spec }) => spec.name === app);
  if (known) cluster.command({ kind: 'apply', spec: change(known.spec) });
}

/** A person looks, and says of what has no power that it is dead. */
function confirmDead(cluster: Cluster, bit: () => void): void {
  if (cluster.coordinator.ended || cluster.coordinator.isStalled) return;
  for (const machine of cluster.machines) {
    const liveness = cluster.coordinator.state.nodes.get(machine.name as NodeName)?.watch.liveness;
    if (machine.power || liveness === undefined || liveness === 'alive' || liveness === 'lost') continue;
    bit();
    cluster.command({ kind: 'node', action: 'confirm-dead', node: machine.name as NodeName });
  }
}
