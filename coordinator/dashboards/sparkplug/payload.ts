import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/*
 * Payloads of Sparkplug B as they are on the wire: protobuf, with the numbers of the specification's message `Payload`
 * (6.4.1). Only what is published here: no data sets, templates, files or arrays. What is read is in command.ts.
 */

/** The specification's numbers of data types (6.4.16). */
export const DATA_TYPES = { Int32: 3, Int64: 4, Double: 10, Boolean: 11, String: 12 } as const;
export type DataType = keyof typeof DATA_TYPES;
export type Value = number | boolean | string | null;

export interface Metric {
  readonly name: string;
  readonly alias: number | null; // by which data messages name it; null for what is never in one
  readonly type: DataType;
  readonly value: Value; // null is told as such: no value is never 0
  readonly unit: string | null; // the property `engUnit`, as hosts show it
  readonly timestampMs: number; // Unix time at which the value was so
}

export interface Payload {
  readonly timestampMs: number; // Unix time of sending
  readonly seq: number | null; // 0 to 255; null in a death of the edge node alone
  readonly metrics: readonly Metric[];
}

/** `birth`: metrics with name, alias, type and unit. `data`: by alias alone, as a birth has said the rest. */
export function encodePayload({ timestampMs, seq, metrics }: Payload, kind: 'birth' | 'data'): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).uint64(timestampMs);
  for (const metric of metrics) {
    writer.tag(2, WireType.LengthDelimited).fork();
    writeMetric(writer, metric, kind);
    writer.join();
  }
  if (seq !== null) writer.tag(3, WireType.Varint).uint64(seq);
  return writer.finish();
}

function writeMetric(writer: BinaryWriter, metric: Metric, kind: 'birth' | 'data'): void {
  const { name, alias, type, value, unit, timestampMs } = metric;
  const isNamed = kind === 'birth' || alias === null;
  if (isNamed) writer.tag(1, WireType.LengthDelimited).string(name);
  if (alias !== null) writer.tag(2, WireType.Varint).uint64(alias);
  writer.tag(3, WireType.Varint).uint64(timestampMs);
  if (isNamed) writer.tag(4, WireType.Varint).uint32(DATA_TYPES[type]);
  if (value === null) writer.tag(7, WireType.Varint).bool(true);
  if (isNamed && unit !== null) writeUnit(writer, unit);
  if (value !== null) writeValue(writer, type, value);
}

/** A set of properties is two lists of the same length: names, and values with their types. */
function writeUnit(writer: BinaryWriter, unit: string): void {
  writer.tag(9, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string('engUnit');
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).uint32(DATA_TYPES.String);
  writer.tag(8, WireType.LengthDelimited).string(unit);
  writer.join().join();
}

/** Negative whole numbers go as their two's complement: the specification has unsigned fields alone. */
function writeValue(writer: BinaryWriter, type: DataType, value: number | boolean | string): void {
  switch (type) {
    case 'Int32':
      writer.tag(10, WireType.Varint).uint32(Number(value) >>> 0);
      return;
    case 'Int64':
      writer.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, BigInt(value)));
      return;
    case 'Double':
      writer.tag(13, WireType.Bit64).double(Number(value));
      return;
    case 'Boolean':
      writer.tag(14, WireType.Varint).bool(value === true);
      return;
    case 'String':
      writer.tag(15, WireType.LengthDelimited).string(String(value));
      return;
  }
}
