import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { REBIRTH } from './names.ts';
import { DATA_TYPES } from './payload.ts';

/* What a host may ask for: everything anew, and nothing else. A message with anything else in it is refused whole. */

/** A request for a rebirth has some 40 bytes. */
const MAX_COMMAND_BYTES = 4096;

export type Asked = { readonly ok: true } | { readonly ok: false; readonly code: ErrorCode; readonly detail: string };

interface Wanted {
  readonly name: string | null;
  readonly type: number | null;
  readonly value: boolean | null; // null: none, or one that is no boolean
}

/** A command's message, `isOwn` when it is for the edge node itself. `ok` when it asks for a rebirth. Never throws. */
export function takeCommand(isOwn: boolean, payload: Uint8Array, isRetained: boolean): Asked {
  if (payload.byteLength > MAX_COMMAND_BYTES)
    return refused('PAYLOAD_TOO_LARGE', `${payload.byteLength} bytes; at most ${MAX_COMMAND_BYTES} are allowed`);
  // a broker would deliver it again at every connection
  if (isRetained) return refused('PAYLOAD_INVALID', 'a command is never retained');
  let metrics: readonly Wanted[];
  try {
    metrics = metricsIn(payload);
  } catch (error) {
    return refused('PAYLOAD_INVALID', `no payload of Sparkplug B: ${(error as Error).message}`);
  }
  if (!isOwn) return refused('REQUEST_INVALID', 'devices take no commands');
  if (metrics.length === 0) return refused('REQUEST_INVALID', 'it has no metric');
  for (const { name, type, value } of metrics) {
    if (name !== REBIRTH)
      return refused('REQUEST_INVALID', `${JSON.stringify(name?.slice(0, 100) ?? null)} is not ${REBIRTH}`);
    if (type !== null && type !== DATA_TYPES.Boolean)
      return refused('REQUEST_INVALID', `${REBIRTH} has type ${type}; allowed is ${DATA_TYPES.Boolean} (Boolean)`);
    if (value !== true) return refused('REQUEST_INVALID', `${REBIRTH} is ${value}; allowed is true`);
  }
  return { ok: true };
}

function refused(code: ErrorCode, detail: string): Asked {
  return { ok: false, code, detail };
}

/** Throws where it is no protobuf, or a field has the form of another. What is not needed is passed over. */
function metricsIn(payload: Uint8Array): Wanted[] {
  const reader = new BinaryReader(payload);
  const metrics: Wanted[] = [];
  while (reader.pos < reader.len) {
    const [field, form] = reader.tag();
    if (field === 2) metrics.push(metricIn(inForm(form, WireType.LengthDelimited, reader).bytes()));
    else reader.skip(form, field);
  }
  return metrics;
}

function metricIn(bytes: Uint8Array): Wanted {
  const reader = new BinaryReader(bytes);
  let name: string | null = null;
  let type: number | null = null;
  let value: boolean | null = null;
  while (reader.pos < reader.len) {
    const [field, form] = reader.tag();
    if (field === 1) name = inForm(form, WireType.LengthDelimited, reader).string(true);
    else if (field === 4) type = inForm(form, WireType.Varint, reader).uint32();
    else if (field === 14) value = inForm(form, WireType.Varint, reader).bool();
    else {
      if (field >= 10 && field <= 19) value = null; // of the values the last one counts
      reader.skip(form, field);
    }
  }
  return { name, type, value };
}

function inForm(form: WireType, expected: WireType, reader: BinaryReader): BinaryReader {
  if (form !== expected) throw new Error(`a field has wire type ${form} instead of ${expected}`);
  return reader;
}
