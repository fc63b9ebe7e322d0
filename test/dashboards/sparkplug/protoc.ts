import { spawnSync } from 'node:child_process';
import { NEEDS_DEBIAN } from '../debian.ts';

/* Payloads as protoc, which shares nothing with the coordinator, reads and writes them. Fields that are not there are left out. */

export interface DecodedMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly timestamp?: number;
  readonly datatype?: number;
  readonly is_historical?: boolean;
  readonly is_null?: boolean;
  readonly properties?: Properties;
  readonly int_value?: number;
  readonly long_value?: number;
  readonly double_value?: number;
  readonly boolean_value?: boolean;
  readonly string_value?: string;
}
interface Properties {
  readonly keys: readonly string[];
  readonly values: readonly { readonly type?: number; readonly string_value?: string }[];
}
export interface DecodedPayload {
  readonly timestamp?: number;
  readonly metrics: readonly DecodedMetric[];
  readonly seq?: number;
}

function protoc(mode: 'encode' | 'decode', message: string, input: Uint8Array | string): Buffer {
  const args = [`--${mode}=${message}`, '--proto_path', import.meta.dirname, 'sparkplug_b.proto'];
  const { status, stdout, stderr, error } = spawnSync('protoc', args, { input, maxBuffer: 64 * 2 ** 20 });
  if (status !== 0) throw new Error(`${NEEDS_DEBIAN('protobuf-compiler')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** A payload in protobuf's text form, as bytes. */
export const encoded = (text: string): Buffer => protoc('encode', 'Payload', text);

/** All of them with one run of protoc. */
export function decoded(payloads: readonly Uint8Array[]): DecodedPayload[] {
  const framed = payloads.flatMap((payload) => [Uint8Array.from([0x0a, ...varint(payload.length)]), payload]);
  const text = protoc('decode', 'Payloads', Buffer.concat(framed)).toString();
  const tree = parsed(
    text
      .split('\n')
      .map((line) => line.trim())
      .values(),
  );
  const list = (tree.payloads ?? []) as unknown as DecodedPayload[];
  return list.map((payload) => ({ ...payload, metrics: payload.metrics ?? [] }));
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

type Tree = { [field: string]: unknown };
const REPEATED = ['payloads', 'metrics', 'keys', 'values'];

/** Protobuf's text form: `field: value` and `field { … }`, a line each. Takes lines up to its `}`, or all there are. */
function parsed(lines: Iterator<string>): Tree {
  const tree: Tree = {};
  for (let { value: line } = lines.next(); line !== undefined && line !== '}'; { value: line } = lines.next()) {
    if (line === '') continue;
    const [, field, text] = /^(\w+)(?:: (.*)| \{)$/.exec(line) ?? [];
    if (field === undefined) throw new Error(`protoc prints ${JSON.stringify(line)}: a field that the schema has not?`);
    const value = text === undefined ? parsed(lines) : scalar(text);
    if (!REPEATED.includes(field)) tree[field] = value;
    else {
      tree[field] ??= [];
      (tree[field] as unknown[]).push(value);
    }
  }
  return tree;
}

function scalar(text: string): unknown {
  if (text.startsWith('"')) return unescaped(text.slice(1, -1));
  if (text === 'true' || text === 'false') return text === 'true';
  return Number(text);
}

const SHORT: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9 };
/** Bytes that are no ASCII are written in octal. */
function unescaped(text: string): string {
  const bytes: number[] = [];
  for (const [whole, octal, char] of text.matchAll(/\\([0-7]{3})|\\(.)|[^\\]/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(char === undefined ? whole.charCodeAt(0) : (SHORT[char] ?? char.charCodeAt(0)));
  }
  return Buffer.from(bytes).toString();
}
