import type { Bmc } from '../../hw/bmc.ts';
import { inTurn } from '../../hw/in-turn.ts';
import { openBmc } from '../../hw/open-bmc.ts';
import { sameServer } from '../../hw/same-server.ts';
import type { RemoteBmcConfig } from '../../protocol/bmc-config.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { NodeName } from '../../protocol/ids.ts';
import type { ServerIdentity } from '../../protocol/messages.ts';
import type { PowerAnswer } from '../core/events.ts';

export interface Power {
  /** Never throws: what cannot be learnt is `unknown`, with the reason. */
  query(node: NodeName): Promise<{ power: PowerAnswer; detail: string }>;
  off(node: NodeName): Promise<{ accepted: boolean; detail: string }>;
  on(node: NodeName): Promise<{ accepted: boolean; detail: string }>;
  /** Gives back the sessions that are held with BMCs. */
  close(): Promise<void>;
}

/**
 * The nodes' BMCs, for fencing; how often `off` must be said, and how far apart, is for coordinator/core/fencing.ts to
 * decide. One question at a time to each: BMCs have few sessions, and drop commands in quick succession. None is asked or
 * told anything about power before it is proved to be the BMC of the very server that the node said it is.
 */
export function openPower(
  configs: Readonly<Record<string, RemoteBmcConfig>>,
  directory: string,
  serverOf: (node: NodeName) => ServerIdentity | undefined,
): Power {
  const bmcs = new Map<NodeName, Bmc>();
  /** What the node had said of its server when its BMC was last found to be of that one. */
  const proved = new Map<NodeName, string>();
  const queue = inTurn();

  /** The BMC, proved; throws where there is none or it is another server's. */
  async function bmcFor(node: NodeName): Promise<Bmc> {
    const config = configs[node] ?? configs['*'];
    if (!config) throw new OperatingError('BMC_UNREACHABLE', 'no BMC is configured for it');
    let bmc = bmcs.get(node);
    if (!bmc) {
      bmc = openBmc(config, node, `${directory}/${node}`);
      bmcs.set(node, bmc);
    }
    // a mock BMC's address is its server's own
    if (config.kind === 'mock') return bmc;
    const own = serverOf(node)?.inBand;
    const key = JSON.stringify(own);
    if (own && proved.get(node) === key) return bmc;
    proved.delete(node);
    const verdict = sameServer(own, await bmc.identity());
    if (!verdict.same)
      throw new OperatingError(
        'BMC_NOT_PROVED',
        `the BMC at ${config.host} is not proved to be of this server: ${verdict.why}`,
      );
    proved.set(node, key);
    return bmc;
  }

  async function ask<T>(node: NodeName, work: (bmc: Bmc) => Promise<T>): Promise<T | Error> {
    try {
      return await queue(node, async () => work(await bmcFor(node)));
    } catch (error) {
      // it may be another one when it answers again
      if (error instanceof OperatingError && error.code === 'BMC_UNREACHABLE') proved.delete(node);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  return {
    async query(node) {
      const answer = await ask(node, (bmc) => bmc.power());
      return answer instanceof Error ? { power: 'unknown', detail: answer.message } : { power: answer, detail: '' };
    },
    async off(node) {
      const answer = await ask(node, (bmc) => bmc.powerOff());
      return answer instanceof Error ? { accepted: false, detail: answer.message } : { accepted: true, detail: '' };
    },
    async on(node) {
      const answer = await ask(node, (bmc) => bmc.powerOn());
      return answer instanceof Error ? { accepted: false, detail: answer.message } : { accepted: true, detail: '' };
    },
    async close() {
      await Promise.all([...bmcs.values()].map((bmc) => bmc.close?.()));
    },
  };
}
