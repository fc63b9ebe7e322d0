import type { CapturedEvent, Connection, Message } from './capture.ts';
import type { DecodedMetric } from './protoc.ts';

/* Ways in which an edge node could break the specification, done to what a good one said. */

type Loose = { -readonly [K in keyof DecodedMetric]?: DecodedMetric[K] | undefined };
interface LoosePayload {
  timestamp?: number | undefined;
  seq?: number | undefined;
  metrics: Loose[];
}

export type Spoil = (connections: Connection[]) => void;

const TYPES = ['NBIRTH', 'NDATA', 'DBIRTH', 'DDATA', 'DDEATH'] as const;
const isOf = (type: string, { topic }: Message) => topic.includes(`/${type}/`);

/** Of the messages of the type that are published the newest with most in it. */
function fullest(connections: readonly Connection[], type: string): Message {
  const all = connections.flatMap(({ events }) =>
    events.flatMap((event) => (event.kind === 'publish' && isOf(type, event.message) ? [event.message] : [])),
  );
  const most = Math.max(...all.map(({ payload }) => payload.metrics.length));
  const found = all.findLast(({ payload }) => payload.metrics.length === most);
  if (!found) throw new Error(`there is no ${type} to be spoilt`);
  return found;
}
const payloadOf = (message: Message) => message.payload as unknown as LoosePayload;

function ofMessages(change: (message: Message) => void): [string, Spoil][] {
  return TYPES.map((type) => [type, (connections) => change(fullest(connections, type))]);
}
function ofMetrics(
  types: readonly string[],
  change: (metric: Loose, payload: LoosePayload) => void,
): [string, Spoil][] {
  return types.map((type) => [
    type,
    (connections) => {
      const payload = payloadOf(fullest(connections, type));
      change(payload.metrics[0] as Loose, payload);
    },
  ]);
}
function propertiesIn(metrics: readonly Loose[]) {
  const found = metrics.find(({ properties }) => properties)?.properties;
  if (!found) throw new Error('there are no properties to be spoilt');
  return found;
}
function ofRebirth(change: (metric: Loose) => void): Spoil {
  return (connections) => {
    const { metrics } = payloadOf(fullest(connections, 'NBIRTH'));
    change(metrics.find(({ name }) => name === 'Node Control/Rebirth') as Loose);
  };
}
function ofWill(change: (will: Message, payload: LoosePayload) => void): Spoil {
  return ([first]) => {
    const will = first?.will as Message;
    change(will, payloadOf(will));
  };
}
const without =
  (type: string): Spoil =>
  (connections) => {
    const lost = fullest(connections, type);
    for (const connection of connections)
      connection.events = connection.events.filter((event) => !('message' in event) || event.message !== lost);
  };
const withoutKind =
  (kind: string): Spoil =>
  (connections) => {
    for (const connection of connections) connection.events = connection.events.filter((event) => event.kind !== kind);
  };

/** The newest message of the type that data follows is moved behind that. */
const late =
  (type: string, data: string): Spoil =>
  (connections) => {
    const published = (event: CapturedEvent, kind: string) => event.kind === 'publish' && isOf(kind, event.message);
    for (const { events } of connections) {
      const behind = events.findLastIndex((event) => published(event, data));
      const at = events.slice(0, Math.max(0, behind)).findLastIndex((event) => published(event, type));
      if (at < 0) continue;
      const [moved] = events.splice(at, 1);
      if (moved) events.splice(behind, 0, moved);
      return;
    }
    throw new Error(`no ${data} comes after a ${type}`);
  };

/** After a rebirth was asked for, two more messages with data. */
const deaf: Spoil = (connections) => {
  const data = fullest(connections, 'NDATA');
  for (const { events } of connections) {
    const at = events.findIndex(({ kind }) => kind === 'delivered');
    if (at < 0) continue;
    for (let more = 0; more < 2; more++) events.splice(at + 1, 0, { kind: 'publish', message: structuredClone(data) });
  }
};

export const SPOILS: readonly (readonly [string, Spoil])[] = [
  ...ofMessages((message) => {
    message.qos = 1;
  }),
  ...ofMessages((message) => {
    message.isRetained = true;
  }),
  ...ofMessages((message) => {
    message.topic = message.topic.replace('spBv1.0', 'spAv1.0');
  }),
  ...ofMessages((message) => {
    message.topic = message.topic.replace('rack-1', 'rack-2');
  }),
  ...ofMessages((message) => {
    message.topic = message.topic.endsWith('/rack-1') ? `${message.topic}/N1` : message.topic.replace(/\/N\d$/, '');
  }),
  ...ofMessages((message) => {
    payloadOf(message).seq = undefined;
  }),
  ...ofMessages((message) => {
    payloadOf(message).seq = ((payloadOf(message).seq ?? 0) + 1) % 256;
  }),
  ...ofMessages((message) => {
    payloadOf(message).timestamp = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    metric.name = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    metric.alias = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    metric.datatype = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    metric.datatype = 35;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA'], (metric) => {
    metric.timestamp = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    for (const field of [
      'int_value',
      'long_value',
      'double_value',
      'boolean_value',
      'string_value',
      'is_null',
    ] as const)
      metric[field] = undefined;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric, { metrics }) => {
    metric.alias = metrics[1]?.alias;
  }),
  ...ofMetrics(['NBIRTH', 'DBIRTH'], (metric) => {
    metric.timestamp = (metric.timestamp ?? 0) + 10_000;
  }),
  ...ofMetrics(['NDATA', 'DDATA'], (metric) => {
    metric.name = 'State/health';
  }),
  ...ofMetrics(['NDATA', 'DDATA'], (metric) => {
    metric.datatype = 12;
  }),
  ...ofMetrics(['NDATA', 'DDATA'], (metric) => {
    metric.alias = 99_999;
  }),
  ...ofMetrics(['NDATA', 'DDATA'], (metric, { metrics }) => {
    metrics.push({ ...metric });
  }),
  ...ofMetrics(['DBIRTH'], (_metric, { metrics }) => {
    (propertiesIn(metrics).keys as string[]).push('more');
  }),
  ...ofMetrics(['DBIRTH'], (_metric, { metrics }) => {
    Object.assign(propertiesIn(metrics).values[0] ?? {}, { type: 99 });
  }),
  ...ofMetrics(['DBIRTH'], (_metric, { metrics }) => metrics.splice(0)),
  ['an alias for the rebirth', ofRebirth((metric) => Object.assign(metric, { alias: 70_000 }))],
  ['a rebirth that is true', ofRebirth((metric) => Object.assign(metric, { boolean_value: true }))],
  ['a rebirth that is a number', ofRebirth((metric) => Object.assign(metric, { datatype: 3 }))],
  ['no rebirth', ofRebirth((metric) => Object.assign(metric, { name: 'Rebirth' }))],
  [
    'no bdSeq',
    (connections) => {
      const metric = payloadOf(fullest(connections, 'NBIRTH')).metrics.find(({ name }) => name === 'bdSeq') as Loose;
      metric.name = 'bdseq';
    },
  ],
  [
    'another bdSeq in every birth',
    (connections) => {
      for (const { events } of connections)
        for (const event of events)
          if (event.kind === 'publish')
            for (const metric of payloadOf(event.message).metrics) if (metric.name === 'bdSeq') metric.long_value = 77;
    },
  ],
  ['a will with QoS 0', ofWill((will) => Object.assign(will, { qos: 0 }))],
  ['a retained will', ofWill((will) => Object.assign(will, { isRetained: true }))],
  ['a will elsewhere', ofWill((will) => Object.assign(will, { topic: 'spBv1.0/Plant A/DDEATH/rack-1' }))],
  ['a will with a seq', ofWill((_will, payload) => Object.assign(payload, { seq: 0 }))],
  ['an empty will', ofWill((_will, payload) => payload.metrics.splice(0))],
  ['a will with more', ofWill((_will, { metrics }) => metrics.push({ name: 'more', int_value: 1 }))],
  [
    'a will that does not begin at 0',
    ofWill((_will, { metrics }) => Object.assign(metrics[0] ?? {}, { long_value: 9 })),
  ],
  [
    'no will',
    (connections) => {
      for (const connection of connections) connection.will = null;
    },
  ],
  [
    'a session that is kept',
    (connections) => {
      for (const connection of connections) connection.isClean = false;
    },
  ],
  ['no subscription', withoutKind('subscribe')],
  ['births before the broker answers', withoutKind('connack')],
  ['no death before it leaves', without('NDEATH')],
  [
    'a plain disconnect',
    (connections) => {
      for (const { events } of connections)
        for (const event of events) if (event.kind === 'disconnect') event.reasonCode = 0;
    },
  ],
  ['a death of what was never born', late('DDEATH', 'NDEATH')],
  ['data before the births of devices', late('DBIRTH', 'DDATA')],
  [
    'devices without the edge node',
    (connections) => {
      for (const connection of connections)
        connection.events = connection.events.filter(
          (event) => !(event.kind === 'publish' && isOf('NBIRTH', event.message)),
        );
    },
  ],
  ['the edge node after its data', late('NBIRTH', 'NDATA')],
  ['data after a rebirth was asked for', deaf],
  [
    'no rebirth that was asked for',
    (connections) => {
      for (const { events } of connections) {
        const at = events.findIndex(({ kind }) => kind === 'delivered');
        if (at >= 0) events.splice(at + 1);
      }
    },
  ],
];
