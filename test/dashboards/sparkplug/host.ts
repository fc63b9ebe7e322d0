import { connectAsync, type MqttClient } from 'mqtt';
import { afterwards, eventually } from '../../coordinator-shell/temporary.ts';
import { type DecodedMetric, type DecodedPayload, decoded, encoded } from './protoc.ts';
import { messageIn, type RawMessage } from './tap.ts';

/* A host application: hears everything, and asks for births. */

export const REBIRTH = 'timestamp: 1 metrics { name: "Node Control/Rebirth" datatype: 11 boolean_value: true }';

export interface Host {
  readonly client: MqttClient;
  /** What edge nodes said, in the order in which it came. */
  readonly heard: RawMessage[];
  /** Waits for a message of the type, whose bytes hold the text, after the first `from` messages; gives it read. */
  hears(what: string, text?: string, from?: number): Promise<DecodedPayload>;
  command(topic: string, payload: string | Buffer, retain?: boolean): Promise<unknown>;
}

export async function startHost(url: string): Promise<Host> {
  const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 50 });
  afterwards(() => client.endAsync(true));
  const heard: RawMessage[] = [];
  client.on('message', (_topic, _payload, packet) => {
    if (!/\/(STATE|NCMD|DCMD)\//.test(packet.topic)) heard.push(messageIn(packet));
  });
  await client.subscribeAsync('spBv1.0/#', { qos: 1 });
  return {
    client,
    heard,
    hears: async (what, text = '', from = 0) => {
      const is = ({ topic, payload }: RawMessage) => topic.includes(`/${what}`) && payload.includes(text);
      const found = await eventually(`${what} with "${text}"`, () => heard.slice(from).find(is), 40_000);
      return decoded([found.payload])[0] as DecodedPayload;
    },
    command: (topic, payload, retain = false) =>
      client.publishAsync(topic, typeof payload === 'string' ? encoded(payload) : payload, { qos: 0, retain }),
  };
}

export const bdSeqIn = ({ metrics }: DecodedPayload): number | undefined =>
  metrics.find(({ name }) => name === 'bdSeq')?.long_value;

type Told = Record<string, number | boolean | string | null | undefined>;
const valueIn = (metric: DecodedMetric) =>
  metric.is_null
    ? null
    : (metric.int_value ?? metric.long_value ?? metric.double_value ?? metric.boolean_value ?? metric.string_value);

/** What a host knows of a device after all that it heard: the value of each metric, by its name. */
export function knownOf(device: string, heard: readonly RawMessage[]): Told {
  const own = heard.filter(({ topic }) => topic.endsWith(`/${device}`) && /\/D(BIRTH|DATA)\//.test(topic));
  const known: Told = {};
  const names = new Map<number, string>();
  for (const { metrics } of decoded(own.map(({ payload }) => payload)))
    for (const metric of metrics) {
      if (metric.name !== undefined && metric.alias !== undefined) names.set(metric.alias, metric.name);
      known[metric.name ?? names.get(metric.alias ?? 0) ?? '?'] = valueIn(metric);
    }
  return known;
}
