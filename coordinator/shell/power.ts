import type { Bmc, BmcConfig } from '../../hw/bmc.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { PowerAnswer } from '../core/events.ts';

export interface Power {
  /** Never throws: what cannot be learnt is `unknown`, with the reason. */
  query(node: NodeName): Promise<{ power: PowerAnswer; detail: string }>;
  off(node: NodeName): Promise<{ accepted: boolean; detail: string }>;
}

/** The nodes' BMCs, for fencing. One question at a time to each: BMCs have few sessions, and drop commands in quick succession. */
export function openPower(configs: Readonly<Record<string, BmcConfig>>): Power {
  const bmcs = new Map<NodeName, Bmc | null>();
  const queues = new Map<NodeName, Promise<unknown>>();
  const bmcOf = (node: NodeName): Bmc | null => {
    const known = bmcs.get(node);
    if (known !== undefined) return known;
    const config = configs[node] ?? configs['*'];
    const bmc = config ? openBmc(config, node) : null;
    bmcs.set(node, bmc);
    return bmc;
  };
  const inTurn = <T>(node: NodeName, work: () => Promise<T>): Promise<T> => {
    const turn = (queues.get(node) ?? Promise.resolve()).then(work, work);
    queues.set(
      node,
      turn.catch(() => undefined),
    );
    return turn;
  };
  const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
  return {
    async query(node) {
      const bmc = bmcOf(node);
      if (!bmc) return { power: 'unknown', detail: 'no BMC is configured for it' };
      try {
        return { power: await inTurn(node, () => bmc.power()), detail: '' };
      } catch (error) {
        return { power: 'unknown', detail: reason(error) };
      }
    },
    async off(node) {
      const bmc = bmcOf(node);
      if (!bmc) return { accepted: false, detail: 'no BMC is configured for it' };
      try {
        await inTurn(node, () => bmc.powerOff());
        return { accepted: true, detail: '' };
      } catch (error) {
        return { accepted: false, detail: reason(error) };
      }
    },
  };
}
