import type { ClusterView, NodeView } from '../../../protocol/view.ts';
import { availabilityOf, ONLINE } from '../state-topics.ts';
import { type Group, MetricSet } from './metric-set.ts';
import { BD_SEQ, type DeviceMessage, deviceTopic, type EdgeNodeName, nodeTopic, REBIRTH } from './names.ts';
import { encodePayload, type Metric } from './payload.ts';
import { clusterFacts, nodeFacts, sensorMetrics } from './what-is-told.ts';

/*
 * The coordinator as an edge node of Sparkplug B 3.0, and each node as a device of it: what is to be published next. First the
 * birth of the edge node, then those of all devices that are there, and only then what has changed. No clock and no connection
 * here: what is taken is to be published in this order, over the session for which it was taken, or that session has to end.
 */

/** To be published with QoS 0, not retained. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Uint8Array;
}
export interface Moment {
  readonly nowMs: number; // never steps
  readonly wallMs: number; // Unix time
}

interface Device {
  readonly metrics: MetricSet;
  readings: NodeView['readings'] | null; // a report brings a new list; the same list needs no second look
  isThere: boolean;
  isBorn: boolean; // in this session
  isGrown: boolean; // it has what its birth did not declare
  bornAt: number; // on the clock that never steps
}

interface Session {
  readonly bdSeq: number;
  seq: number;
  isBorn: boolean;
  readonly unborn: Set<string>; // devices whose birth belongs to that of the edge node
}

/** What changes is told at once, then at most this often; so is a device that has grown. */
const FACTS_GAP_MS = 1000;

export class EdgeNode {
  readonly #name: EdgeNodeName;
  readonly #gapMs: Readonly<Record<Group, number>>;
  readonly #devices = new Map<string, Device>();
  /** Devices of which something is to be told, as far as can be seen. */
  readonly #stirred = new Set<string>();
  readonly #metrics: MetricSet;
  readonly #bdSeqAlias: number;
  #lastAlias = 0;
  #session: Session | null = null;

  constructor(name: EdgeNodeName, readingsMs: number) {
    this.#name = name;
    this.#gapMs = { facts: FACTS_GAP_MS, readings: readingsMs };
    this.#bdSeqAlias = this.#newAlias();
    this.#metrics = new MetricSet(() => this.#newAlias());
  }

  readonly #newAlias = () => ++this.#lastAlias;

  /** The message with which a session ends, by the broker's hand or our own. */
  death(bdSeq: number, wallMs: number): Outgoing {
    const metrics = [bdSeqMetric(bdSeq, null, wallMs)];
    return {
      topic: nodeTopic(this.#name, 'NDEATH'),
      payload: encodePayload({ timestampMs: wallMs, seq: null, metrics }, 'birth'),
    };
  }

  /** How things are now. Before the first one nothing is published. */
  show(view: ClusterView, wallMs: number): void {
    this.#metrics.learn('facts', clusterFacts(view), wallMs);
    const gone = new Set(this.#devices.keys());
    for (const node of view.nodes) {
      gone.delete(node.node);
      this.#showNode(node, wallMs);
    }
    for (const name of gone) this.#forget(name);
  }

  #showNode(node: NodeView, wallMs: number): void {
    const known = this.#devices.get(node.node);
    const device: Device = known ?? {
      metrics: new MetricSet(this.#newAlias),
      readings: null,
      isThere: false,
      isBorn: false,
      isGrown: false,
      bornAt: Number.NEGATIVE_INFINITY,
    };
    if (!known) this.#devices.set(node.node, device);
    device.isThere = availabilityOf(node) === ONLINE;
    let isGrown = device.metrics.learn('facts', nodeFacts(node), wallMs);
    if (device.readings !== node.readings) {
      device.readings = node.readings;
      isGrown = device.metrics.learn('readings', sensorMetrics(node.readings), wallMs) || isGrown;
    }
    device.isGrown ||= isGrown;
    this.#stir(node.node, device);
  }

  #forget(name: string): void {
    const device = this.#devices.get(name) as Device;
    device.isThere = false;
    if (device.isBorn) this.#stirred.add(name);
    else this.#devices.delete(name);
  }

  #stir(name: string, device: Device): void {
    if (device.isThere !== device.isBorn || device.isGrown || device.metrics.isChanged) this.#stirred.add(name);
  }

  /** From here on births may be published, over a connection whose will is the death with this number. */
  begin(bdSeq: number): void {
    this.#session = { bdSeq, seq: 0, isBorn: false, unborn: new Set() };
    for (const device of this.#devices.values()) device.isBorn = false;
  }

  /** All births again in the session that there is; what is not told yet waits until they are out. */
  rebirth(): void {
    if (this.#session) this.begin(this.#session.bdSeq);
  }

  end(): void {
    this.#session = null;
  }

  /** The births of a session, or those asked for, are not all out yet. */
  get isBeingBorn(): boolean {
    return this.#session !== null && (!this.#session.isBorn || this.#session.unborn.size > 0);
  }

  /** Of what is to be published next, at most `most` messages. */
  *take(moment: Moment, most: number): Generator<Outgoing> {
    const session = this.#session;
    if (!session || this.#metrics.isEmpty) return;
    let left = most;
    if (!session.isBorn) {
      yield this.#birth(session, moment);
      left--;
    }
    for (const name of session.unborn) {
      if (left <= 0) return;
      session.unborn.delete(name);
      const device = this.#devices.get(name);
      if (!device?.isThere) continue;
      left--;
      yield this.#deviceBirth(session, name, device, moment);
    }
    const changed = this.#metrics.changes(moment.nowMs, this.#gapMs);
    if (changed.length > 0)
      yield {
        topic: nodeTopic(this.#name, 'NDATA'),
        payload: encodePayload({ timestampMs: moment.wallMs, seq: nextSeq(session), metrics: changed }, 'data'),
      };
    for (const name of this.#stirred) {
      if (left <= 0) return;
      const message = this.#deviceMessage(session, name, moment);
      if (!message) continue;
      left--;
      yield message;
    }
  }

  #birth(session: Session, { nowMs, wallMs }: Moment): Outgoing {
    session.isBorn = true;
    session.seq = 0;
    for (const [name, device] of this.#devices) if (device.isThere) session.unborn.add(name);
    const metrics: Metric[] = [
      ...this.#metrics.all(nowMs),
      bdSeqMetric(session.bdSeq, this.#bdSeqAlias, wallMs),
      // without an alias: who asks for a birth does not know any
      { name: REBIRTH, alias: null, type: 'Boolean', value: false, unit: null, timestampMs: wallMs },
    ];
    return {
      topic: nodeTopic(this.#name, 'NBIRTH'),
      payload: encodePayload({ timestampMs: wallMs, seq: session.seq, metrics }, 'birth'),
    };
  }

  /** What is next for a device of which something may be to be told; null where it is nothing, or not yet. */
  #deviceMessage(session: Session, name: string, moment: Moment): Outgoing | null {
    const device = this.#devices.get(name);
    if (!device) {
      this.#stirred.delete(name);
      return null;
    }
    const { isThere, isBorn, metrics } = device;
    if (!isThere) {
      this.#stirred.delete(name);
      device.isBorn = false;
      return isBorn ? this.#deviceOutgoing('DDEATH', session, name, [], moment) : null;
    }
    if (!isBorn) return this.#deviceBirth(session, name, device, moment);
    // what its birth did not declare can only be told by another one
    if (device.isGrown)
      return moment.nowMs - device.bornAt < FACTS_GAP_MS ? null : this.#deviceBirth(session, name, device, moment);
    const changed = metrics.changes(moment.nowMs, this.#gapMs);
    if (!metrics.isChanged) this.#stirred.delete(name);
    return changed.length > 0 ? this.#deviceOutgoing('DDATA', session, name, changed, moment) : null;
  }

  #deviceBirth(session: Session, name: string, device: Device, moment: Moment): Outgoing {
    this.#stirred.delete(name);
    Object.assign(device, { isBorn: true, isGrown: false, bornAt: moment.nowMs });
    return this.#deviceOutgoing('DBIRTH', session, name, device.metrics.all(moment.nowMs), moment);
  }

  #deviceOutgoing(
    message: DeviceMessage,
    session: Session,
    device: string,
    metrics: readonly Metric[],
    { wallMs }: Moment,
  ): Outgoing {
    const payload = { timestampMs: wallMs, seq: nextSeq(session), metrics };
    return {
      topic: deviceTopic(this.#name, message, device),
      payload: encodePayload(payload, message === 'DBIRTH' ? 'birth' : 'data'),
    };
  }
}

function nextSeq(session: Session): number {
  session.seq = (session.seq + 1) % 256;
  return session.seq;
}

function bdSeqMetric(bdSeq: number, alias: number | null, timestampMs: number): Metric {
  return { name: BD_SEQ, alias, type: 'Int64', value: bdSeq, unit: null, timestampMs };
}
