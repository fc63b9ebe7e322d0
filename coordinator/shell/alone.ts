import { randomUUID } from 'node:crypto';
import { setTimeout as passed } from 'node:timers/promises';
import { connect } from 'mqtt';
import type { Logger } from 'pino';
import { OperatingError } from '../../protocol/errors.ts';
import type { ClusterName } from '../../protocol/ids.ts';
import { givesWay, type Presence, sharesStore } from '../../protocol/presence.ts';
import { probeTopic } from '../../protocol/topics.ts';
import { presenceIn } from './probe.ts';

/** A broker that is away holds up no start: who else is there is then noticed while running. */
const CONNECT_MS = 1500;
/** A coordinator speaks twice a second, so that within this each is heard twice. Nothing is said meanwhile. */
const LISTEN_MS = 1100;
/** Then this one speaks up, for one that starts at the same moment, and for one that has to give way before anything is done. */
const SPEAK = { times: 3, everyMs: 200 };

export interface AloneOptions {
  readonly url: string;
  readonly cluster: ClusterName;
  readonly self: Presence;
  readonly log: Logger;
}

/**
 * Before a coordinator does anything on a broker that is not its own: whether another has its cluster there. Throws CLUSTER_TAKEN where this
 * one has to give way.
 */
export async function makeSureAlone({ url, cluster, self, log }: AloneOptions): Promise<void> {
  const topic = probeTopic(cluster);
  const heard = new Map<string, { said: Presence; times: number }>();
  const client = connect(url, {
    clientId: `coordinator-starting-${randomUUID()}`,
    protocolVersion: 4,
    reconnectPeriod: 200,
    queueQoSZero: false,
  });
  client.on('error', () => undefined); // the coordinator's own link says so
  client.on('message', (_, payload) => {
    const said = presenceIn(payload);
    if (said === null || said.run === self.run) return;
    heard.set(said.run, { said, times: (heard.get(said.run)?.times ?? 0) + 1 });
  });
  try {
    const subscribed = new Promise<true>((resolve) =>
      client.on('connect', () => client.subscribe(topic, { qos: 1 }, (error) => error ?? resolve(true))),
    );
    if (!(await Promise.race([subscribed, passed(CONNECT_MS, false)]))) return;
    await passed(LISTEN_MS);
    for (let said = 0; said < SPEAK.times; said++) {
      if (client.connected) client.publish(topic, JSON.stringify(self), { qos: 0 });
      await passed(SPEAK.everyMs);
    }
  } finally {
    await client.endAsync(true);
  }
  for (const { said, times } of heard.values()) {
    if (said.phase === 'leading' && times < 2) continue; // the last word of one that has just ended
    if (givesWay(self, said)) throw new OperatingError('CLUSTER_TAKEN', takenText(url, cluster, self, said));
    if (sharesStore(self, said)) log.warn({ term: said.term }, 'another coordinator with this store has to give way');
  }
}

function takenText(url: string, cluster: string, self: Presence, said: Presence): string {
  const where = `the cluster ${cluster} at ${url}`;
  if (self.phase === 'caretaking')
    return `another coordinator leads ${where}: this one, whose store is damaged, is not needed`;
  if (sharesStore(self, said))
    return `another coordinator leads ${where} and goes by a copy of this store (term ${said.term}, this one would have ${self.term}): end it first, or leave this one off`;
  const stores = said.stores.length === 0 ? 'one that it does not name' : said.stores.join(', ');
  return `another coordinator has ${where}, with another store (${stores}; this one is ${self.stores[0]}). If this is a cluster of its own, give it another name (cluster) or another broker (mqtt.url). If it is to replace that coordinator, end that one first, then 'evenkeel store adopt'`;
}
