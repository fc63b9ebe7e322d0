import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import { initialState, step } from '../../coordinator/core/step.ts';
import type { Power } from '../../coordinator/shell/power.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { ServerIdentity } from '../../protocol/messages.ts';

export interface Fence {
  /** Lets the coordinator's time pass; to be called often. */
  tick(): void;
  /** The node is given up: what ran on it may be started elsewhere. */
  isLost(): boolean;
  /** What the journal says of the node. */
  readonly journal: readonly string[];
  /** Effects on its BMC so far, in order. */
  readonly asked: readonly ('powerOff' | 'queryPower')[];
  /** Feeds every answer that is under way, and takes no more. */
  end(): Promise<void>;
}

export interface FenceOptions {
  readonly settleMs?: number;
  /** Whether its BMC is asked before it counts as dead. */
  readonly hints?: boolean;
}

const N1 = 'N1' as NodeName;

/**
 * The coordinator's own core, under the real clock, with the real way to BMCs: N1 has said hello and is silent since, two
 * others are heard all the time. So it is asked, fenced and, once that is proved, given up.
 */
export function startFence(
  power: Power,
  server: ServerIdentity,
  { settleMs = 150, hints = true }: FenceOptions = {},
): Fence {
  const now = () => performance.now();
  const settings = {
    ...{ ...DEFAULT_SETTINGS, bmc: { all: true, nodes: [] }, startGraceMs: 0, suspectAfterMs: 60 },
    ...{ hintAfterMs: hints ? 50 : 3_600_000, decideAfterMs: 100, bmcRetryMs: 50, settleMs },
  };
  let [state] = initialState(settings, { meta: null, apps: [], nodes: [], slots: [], bindings: [] }, now(), 0);
  const journal: string[] = [];
  const asked: ('powerOff' | 'queryPower')[] = [];
  const underWay = new Set<Promise<void>>();
  let ended = false;
  type Event = Parameters<typeof step>[1];
  const feed = (event: Event): void => {
    if (ended) return;
    const [next, effects] = step(state, event);
    state = next;
    for (const effect of effects) {
      if (effect.kind === 'record' && effect.line.node === N1) journal.push(effect.line.text);
      if (effect.kind !== 'queryPower' && effect.kind !== 'powerOff') continue;
      const { node, query, kind } = effect;
      asked.push(kind);
      const answered =
        kind === 'queryPower'
          ? power.query(node).then((answer) => feed({ kind: 'powerAnswered', at: now(), node, query, ...answer }))
          : power.off(node).then((answer) => feed({ kind: 'powerOffAnswered', at: now(), node, query, ...answer }));
      const done = answered.finally(() => underWay.delete(done));
      underWay.add(done);
    }
  };
  const boot = (node: NodeName) => ({ v: 1 as const, node, bootId: 1, term: 0, revision: 0 });
  for (const node of ['N1', 'N2', 'N3'] as NodeName[])
    feed({
      kind: 'greeted',
      at: now(),
      hello: {
        ...{ ...boot(node), machineBoot: node, agentVersion: 'test', domain: node, labels: {}, guard: false },
        ...{ stopBoundMs: 500, instances: [], capacity: {} },
        server: node === N1 ? server : { serial: `SN-${node}`, vendor: '', model: '' },
        inventory: { os: '', kernel: '', cpuModel: '', cpuCores: 1, memoryBytes: 1, disks: [], networks: [] },
      },
    });
  let sequence = 0;
  const beat = (node: NodeName) =>
    feed({
      kind: 'heartbeaten',
      at: now(),
      heartbeat: { ...boot(node), sequence: ++sequence, sentMs: now(), mainSilenceMs: 0 },
    });
  beat(N1);
  return {
    tick: () => {
      for (const node of ['N2', 'N3'] as NodeName[]) beat(node);
      feed({ kind: 'ticked', at: now() });
    },
    isLost: () => state.nodes.get(N1)?.watch.liveness === 'lost',
    journal,
    asked,
    end: async () => {
      ended = true;
      await Promise.all(underWay);
    },
  };
}
