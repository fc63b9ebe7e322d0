import type { CapturedEvent, Connection, Message } from './capture.ts';
import { type Declared, judgeMetrics } from './judge-metrics.ts';
import type { DecodedMetric, DecodedPayload } from './protoc.ts';
import { Verdicts } from './verdicts.ts';

/*
 * Whether an edge node keeps to Sparkplug B 3.0, from what it said over its connections, one after the other. It knows the
 * specification and nothing of the coordinator. Ids are those of the specification, without their `tck-id-`.
 */

const REBIRTH = 'Node Control/Rebirth';
const INT64 = 4;
const BOOLEAN = 11;
const MINUTE_MS = 60_000;

const NODE_TYPES = ['NBIRTH', 'NDATA', 'NDEATH'];
const DEVICE_TYPES = ['DBIRTH', 'DDATA', 'DDEATH'];

export const named = ({ metrics }: DecodedPayload, name: string): DecodedMetric | undefined =>
  metrics.find((metric) => metric.name === name);

interface Session {
  isBorn: boolean;
  seq: number | null;
  devices: Set<string>;
  /** Devices that were there when the edge node was born anew: their births come before anything else. */
  awaited: Set<string>;
  there: readonly string[] | null; // null where nobody knows
  declared: Map<number, Declared>;
  isRebirthAsked: boolean;
  crossed: number; // data since then
  last: Message | null;
}

export function judge(group: string, edgeNode: string, connections: readonly Connection[], wallMs: number): Verdicts {
  const verdicts = new Verdicts();
  const check = verdicts.check.bind(verdicts);
  let bdSeq: number | null = null;
  for (const [index, connection] of connections.entries()) {
    const at = `connection ${index}`;
    check(
      [`principles-persistence-clean-session-${connection.version === 5 ? '50' : '311'}`],
      connection.isClean && connection.expiry === 0,
      `${at} keeps a session`,
    );
    bdSeq = judgeWill(connection, bdSeq, at);
    const session: Session = {
      isBorn: false,
      seq: null,
      devices: new Set(),
      awaited: new Set(),
      there: null,
      declared: new Map(),
      isRebirthAsked: false,
      crossed: 0,
      last: null,
    };
    const before: CapturedEvent[] = [];
    for (const event of connection.events) {
      if (event.kind === 'publish') judgeMessage(session, event.message, before, bdSeq, at);
      if (event.kind === 'delivered' && isRebirthRequest(event.message))
        Object.assign(session, { isRebirthAsked: true, crossed: 0 });
      if (event.kind === 'disconnect') judgeEnd(connection.version, session, event.reasonCode, bdSeq, at);
      if (event.kind === 'there') session.there = event.devices;
      before.push(event);
    }
    check(['operational-behavior-data-commands-rebirth-action-2'], !session.isRebirthAsked, `${at}: no rebirth`);
  }
  return verdicts;

  function judgeWill({ will }: Connection, before: number | null, at: string): number | null {
    check(
      ['message-flow-edge-node-birth-publish-will-message', 'payloads-ndeath-will-message'],
      will !== null,
      `${at} has no will`,
    );
    if (!will) return null;
    const flow = 'message-flow-edge-node-birth-publish-will-message';
    check(
      [`${flow}-topic`, 'topics-ndeath-topic'],
      will.topic === `spBv1.0/${group}/NDEATH/${edgeNode}`,
      `the will of ${at} has topic ${will.topic}`,
    );
    check([`${flow}-qos`, 'payloads-ndeath-will-message-qos'], will.qos === 1, `the will of ${at} has QoS ${will.qos}`);
    check(
      [`${flow}-will-retained`, 'payloads-ndeath-will-message-retain'],
      !will.isRetained,
      `the will of ${at} is retained`,
    );
    const [metric] = will.payload.metrics;
    check([`${flow}-payload`], metric !== undefined, `the will of ${at} is no payload`);
    check(
      ['topics-ndeath-payload'],
      will.payload.metrics.length === 1 && metric?.name === 'bdSeq',
      `the will of ${at} has other metrics`,
    );
    check(['topics-ndeath-seq', 'payloads-ndeath-seq'], will.payload.seq === undefined, `the will of ${at} has a seq`);
    const now = metric?.long_value ?? null;
    const due = before === null ? 0 : (before + 1) % 256;
    check(
      [`${flow}-payload-bdSeq`, 'topics-nbirth-bdseq-increment'],
      metric?.datatype === INT64 && now === due,
      `bdSeq of ${at} is ${now}, not ${due}`,
    );
    return now;
  }

  function judgeMessage(
    session: Session,
    message: Message,
    before: readonly CapturedEvent[],
    number: number | null,
    at: string,
  ): void {
    const { topic, qos, isRetained, payload } = message;
    const [namespace, itsGroup, type = '', itsNode, device = '', ...rest] = topic.split('/');
    const where = `${at}, ${topic}, seq ${payload.seq}`;
    const isOfDevice = DEVICE_TYPES.includes(type);
    check(
      ['topic-structure', 'topic-structure-namespace-a'],
      namespace === 'spBv1.0' && rest.length === 0 && (isOfDevice || NODE_TYPES.includes(type)),
      `${where}: no such topic`,
    );
    const place = type.toLowerCase();
    check(
      [
        `topics-${place}-topic`,
        ...(type === 'NBIRTH' ? ['message-flow-edge-node-birth-publish-nbirth-topic'] : []),
        ...(type === 'DBIRTH'
          ? [
              'message-flow-device-birth-publish-dbirth-topic',
              'message-flow-device-birth-publish-dbirth-match-edge-node-topic',
            ]
          : []),
      ],
      itsGroup === group && itsNode === edgeNode,
      `${where}: another's topic`,
    );
    check(
      [
        isOfDevice
          ? 'topic-structure-namespace-device-id-associated-message-types'
          : 'topic-structure-namespace-device-id-non-associated-message-types',
      ],
      isOfDevice === (device !== ''),
      `${where}: a device too many, or none`,
    );
    check(
      ['message-flow-edge-node-birth-publish-connect'],
      before.some(({ kind }) => kind === 'connack'),
      `${where}: before the broker's answer`,
    );
    if (type === 'NDEATH') {
      check(['payloads-ndeath-bdseq'], payload.metrics[0]?.long_value === number, `${where}: another bdSeq`);
      check(['topics-ndeath-seq', 'payloads-ndeath-seq'], payload.seq === undefined, `${where}: it has a seq`);
      session.isBorn = false;
      session.last = message;
      return;
    }
    check(
      [`topics-${place}-mqtt`, ...(type === 'DDEATH' ? [] : [`payloads-${place}-qos`]), ...flow(type, ['qos'])],
      qos === 0 && !(type === 'DDEATH' && isRetained),
      `${where}: QoS ${qos}`,
    );
    check(
      [`topics-${place}-mqtt`, ...(type === 'DDEATH' ? [] : [`payloads-${place}-retain`]), ...flow(type, ['retained'])],
      !isRetained,
      `${where}: retained`,
    );
    check(
      [
        `payloads-${place}-timestamp`,
        ...(type === 'DDEATH' ? [] : [`topics-${place}-timestamp`]),
        'payloads-timestamp-in-UTC',
      ],
      Math.abs((payload.timestamp ?? 0) - wallMs) < MINUTE_MS,
      `${where}: timestamp ${payload.timestamp}`,
    );
    judgeSeq(session, type, place, payload, where);
    judgeOrder(session, type, device, where);
    if (type === 'NBIRTH') judgeBirth(session, payload, before, number, where);
    session.last = message;
    judgeMetrics(verdicts, session.declared, { type, device, payload, where });
  }

  function judgeSeq(session: Session, type: string, place: string, { seq }: DecodedPayload, where: string): void {
    check(['payloads-sequence-num-always-included', `payloads-${place}-seq`], seq !== undefined, `${where}: no seq`);
    if (type === 'NBIRTH')
      check(
        [
          'topics-nbirth-seq-num',
          'payloads-nbirth-seq',
          'payloads-sequence-num-zero-nbirth',
          ...flow(type, ['payload-seq']),
        ],
        seq === 0,
        `${where}: it does not begin at 0`,
      );
    else {
      const due = session.seq === null ? null : (session.seq + 1) % 256;
      check(
        [
          'payloads-sequence-num-incrementing',
          `payloads-${place}-seq-inc`,
          type === 'DBIRTH' ? 'topics-dbirth-seq' : `topics-${place}-seq-num`,
          ...flow(type, ['payload-seq']),
        ],
        seq === due,
        `${where}: ${due} is due`,
      );
    }
    session.seq = seq ?? null;
  }

  function judgeOrder(session: Session, type: string, device: string, where: string): void {
    if (type === 'NBIRTH') return;
    const data = type === 'NDATA' || type === 'DDATA';
    if (session.isRebirthAsked && data) session.crossed++;
    check(
      ['operational-behavior-data-commands-rebirth-action-1'],
      session.crossed <= 1, // one may have been under way
      `${where}: data after a rebirth was asked for`,
    );
    if (type === 'DBIRTH') {
      check(['message-flow-device-birth-publish-nbirth-wait'], session.isBorn, `${where}: before the NBIRTH`);
      session.devices.add(device);
      session.awaited.delete(device);
      return;
    }
    const late = [...session.awaited].filter((each) => session.there?.includes(each) ?? true);
    if (data)
      check(
        ['payloads-dbirth-order', `payloads-${type.toLowerCase()}-order`, 'principles-birth-certificates-order'],
        session.isBorn && late.length === 0 && (type === 'NDATA' || session.devices.has(device)),
        `${where}: before the birth of ${late.join(', ') || 'its sender'}`,
      );
    if (type !== 'DDEATH') return;
    check(['operational-behavior-device-ddeath'], session.devices.delete(device), `${where}: it was not born`);
    session.awaited.delete(device);
  }

  function judgeBirth(
    session: Session,
    payload: DecodedPayload,
    before: readonly CapturedEvent[],
    number: number | null,
    where: string,
  ): void {
    check(
      ['message-flow-edge-node-ncmd-subscribe'],
      before.some(
        (event) => event.kind === 'subscribe' && event.qos === 1 && event.topic === `spBv1.0/${group}/NCMD/${edgeNode}`,
      ),
      `${where}: nothing listens to commands`,
    );
    const bdSeq = named(payload, 'bdSeq');
    check(
      ['topics-nbirth-bdseq-included', 'payloads-nbirth-bdseq', ...flow('NBIRTH', ['payload'])],
      bdSeq !== undefined,
      `${where}: no bdSeq`,
    );
    const isSame = bdSeq?.datatype === INT64 && bdSeq.long_value === number;
    check(
      ['topics-nbirth-bdseq-matching', 'payloads-nbirth-bdseq-repeat', ...flow('NBIRTH', ['payload-bdSeq'])],
      isSame,
      `${where}: bdSeq ${bdSeq?.long_value} is not the will's ${number}`,
    );
    if (session.isRebirthAsked) {
      check(['operational-behavior-data-commands-rebirth-action-3'], isSame, `${where}: another bdSeq`);
      check(['operational-behavior-data-commands-rebirth-action-2'], true, where);
    }
    Object.assign(session, { isRebirthAsked: false, crossed: 0 });
    const rebirth = named(payload, REBIRTH);
    const commands = 'operational-behavior-data-commands-rebirth';
    check([`${commands}-name`], rebirth !== undefined, `${where}: no ${REBIRTH}`);
    check([`${commands}-datatype`], rebirth?.datatype === BOOLEAN, `${where}: ${REBIRTH} is no boolean`);
    check([`${commands}-value`], rebirth?.boolean_value === false, `${where}: ${REBIRTH} is not false`);
    check([`${commands}-name-aliases`], rebirth?.alias === undefined, `${where}: ${REBIRTH} has an alias`);
    check(
      ['topics-nbirth-rebirth-metric', 'payloads-nbirth-rebirth-req'],
      rebirth?.datatype === BOOLEAN && rebirth.boolean_value === false,
      `${where}: ${REBIRTH} is not as it must be`,
    );
    session.isBorn = true;
    session.awaited = session.devices;
    session.devices = new Set();
    session.declared.clear();
  }

  function judgeEnd(version: number, { last }: Session, reason: number, number: number | null, at: string): void {
    const isDeath = last?.topic === `spBv1.0/${group}/NDEATH/${edgeNode}`;
    check(
      [
        'operational-behavior-edge-node-intentional-disconnect-ndeath',
        'operational-behavior-edge-node-intentional-disconnect-packet',
        'payloads-ndeath-will-message-publisher',
        ...(version === 5 ? [] : ['payloads-ndeath-will-message-publisher-disconnect-mqtt311']),
      ],
      isDeath && last.payload.metrics[0]?.long_value === number,
      `${at} ends without its death`,
    );
    if (version === 5)
      check(
        ['payloads-ndeath-will-message-publisher-disconnect-mqtt50'],
        reason === 4,
        `${at} ends with reason ${reason}`,
      );
  }
}

function flow(type: string, what: readonly string[]): string[] {
  if (type === 'NBIRTH') return what.map((each) => `message-flow-edge-node-birth-publish-nbirth-${each}`);
  return type === 'DBIRTH' ? what.map((each) => `message-flow-device-birth-publish-dbirth-${each}`) : [];
}

function isRebirthRequest({ topic, isRetained, payload }: Message): boolean {
  const [metric, ...others] = payload.metrics;
  const isWanted = metric?.name === REBIRTH && metric.boolean_value === true && others.length === 0;
  return topic.includes('/NCMD/') && !isRetained && isWanted;
}
