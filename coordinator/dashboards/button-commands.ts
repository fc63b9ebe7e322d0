import { type ClusterName, NodeName } from '../../protocol/ids.ts';
import { parseCommandTopic } from '../../protocol/topics.ts';

/** What a button may do at most: all of it can be taken back, and nothing of it is said about a machine that is not asked. */
export const BUTTONS = ['cordon', 'uncordon', 'drain'] as const;
export type Button = (typeof BUTTONS)[number];
export const PRESS = 'PRESS';

/** Presses in the long run and at once after a pause: of one node, and of all together. */
const NODE_RATE = { perSecond: 0.5, burst: 3 };
const WHOLE_RATE = { perSecond: 5, burst: 20 };

type Refusal = 'TOPIC_UNKNOWN' | 'PAYLOAD_INVALID' | 'REQUEST_INVALID' | 'RATE_EXCEEDED';
export type Pressed =
  | { readonly ok: true; readonly node: NodeName; readonly action: Button }
  | { readonly ok: false; readonly code: Refusal; readonly detail: string };

/** Checks what comes on the command topics: only buttons that the configuration allows, and not too many. */
export class ButtonCommands {
  readonly #cluster: ClusterName;
  readonly #allowed: readonly Button[];
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(cluster: ClusterName, allowed: readonly Button[]) {
    this.#cluster = cluster;
    this.#allowed = allowed;
  }

  take(topic: string, payload: Uint8Array, isRetained: boolean, nowMs: number): Pressed {
    const at = parseCommandTopic(this.#cluster, topic);
    const node = NodeName.safeParse(at?.node);
    if (!at || !node.success) return refused('TOPIC_UNKNOWN', topic.slice(0, 200));
    const action = this.#allowed.find((each) => each === at.action);
    if (!action)
      return refused(
        'REQUEST_INVALID',
        `${JSON.stringify(at.action.slice(0, 50))} is not one of homeAssistant.buttons`,
      );
    // a broker would press a retained button again at every connection
    if (isRetained) return refused('PAYLOAD_INVALID', `${action} of ${node.data} is retained`);
    if (Buffer.from(payload).toString() !== PRESS) return refused('PAYLOAD_INVALID', `expected is ${PRESS}`);
    if (!this.#spend('', WHOLE_RATE, nowMs) || !this.#spend(node.data, NODE_RATE, nowMs))
      return refused('RATE_EXCEEDED', `${action} of ${node.data}: too many commands`);
    return { ok: true, node: node.data, action };
  }

  #spend(key: string, rate: typeof NODE_RATE, nowMs: number): boolean {
    if (this.#buckets.size > 20_000) this.#buckets.clear(); // only made-up names come to so many
    const last = this.#buckets.get(key) ?? { tokens: rate.burst, at: nowMs };
    const tokens = Math.min(rate.burst, last.tokens + ((nowMs - last.at) * rate.perSecond) / 1000);
    const enough = tokens >= 1;
    this.#buckets.set(key, { tokens: enough ? tokens - 1 : tokens, at: nowMs });
    return enough;
  }
}

function refused(code: Refusal, detail: string): Pressed {
  return { ok: false, code, detail };
}
