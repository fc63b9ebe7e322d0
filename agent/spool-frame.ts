import { crc32 } from 'node:zlib';

/*
 * How the spool lies on the disk: frames one after the other, each with its length and a checksum, so that after a power cut
 * everything up to the last complete frame is there and nothing else is believed.
 *
 *   u32 length of what follows the checksum | u32 CRC-32 of it | u8 kind | f64 stream | f64 first | u32 count | f64 atMs | text
 */

export type FrameKind =
  | 'record' // text: a record as it goes over the wire; `count` samples from number `first`
  | 'names' // text: the name table that records after it use
  | 'stream' // text: the machine boot to whose clock the stream's `atMs` belong
  | 'acked' // text: ranges of the stream that need not be told any more
  | 'gaps'; // text: ranges of the stream that are lost
export interface Frame {
  readonly kind: FrameKind;
  readonly stream: number;
  readonly first: number;
  readonly count: number;
  readonly atMs: number;
  readonly text: string;
}

const KINDS: readonly FrameKind[] = ['record', 'names', 'stream', 'acked', 'gaps'];
const PREFIX_BYTES = 8;
const HEAD_BYTES = 29;
/** No frame of ours is longer: what says so is damaged. */
const MAX_FRAME_BYTES = 1_048_576;

export function encodeFrame({ kind, stream, first, count, atMs, text }: Frame): Buffer {
  const body = Buffer.byteLength(text);
  const bytes = Buffer.alloc(PREFIX_BYTES + HEAD_BYTES + body);
  bytes.writeUInt32LE(HEAD_BYTES + body, 0);
  bytes.writeUInt8(KINDS.indexOf(kind), 8);
  bytes.writeDoubleLE(stream, 9);
  bytes.writeDoubleLE(first, 17);
  bytes.writeUInt32LE(count, 25);
  bytes.writeDoubleLE(atMs, 29);
  bytes.write(text, PREFIX_BYTES + HEAD_BYTES);
  bytes.writeUInt32LE(crc32(bytes.subarray(PREFIX_BYTES)), 4);
  return bytes;
}

/** Records without their text, where only their numbers are of interest: a start must not wait for what is told later. */
type Content = 'all' | 'notes';

/** Where a frame ends, and what it holds; `cut`: nothing but its beginning is there; `damaged`: it is not what was written. */
type Read = { readonly frame: Frame; readonly end: number } | 'cut' | 'damaged';

function readFrame(bytes: Buffer, at: number, content: Content): Read {
  if (bytes.length - at < PREFIX_BYTES) return 'cut';
  const length = bytes.readUInt32LE(at);
  // a file that grew before its content was on disk ends in zeros
  if (length === 0) return bytes.subarray(at).every((byte) => byte === 0) ? 'cut' : 'damaged';
  if (length < HEAD_BYTES || length > MAX_FRAME_BYTES) return 'damaged';
  const end = at + PREFIX_BYTES + length;
  if (end > bytes.length) return 'cut';
  if (crc32(bytes.subarray(at + PREFIX_BYTES, end)) !== bytes.readUInt32LE(at + 4)) return 'damaged';
  const kind = KINDS[bytes.readUInt8(at + 8)];
  if (kind === undefined) return 'damaged';
  const frame: Frame = {
    kind,
    stream: bytes.readDoubleLE(at + 9),
    first: bytes.readDoubleLE(at + 17),
    count: bytes.readUInt32LE(at + 25),
    atMs: bytes.readDoubleLE(at + 29),
    text: kind === 'record' && content === 'notes' ? '' : bytes.toString('utf8', at + PREFIX_BYTES + HEAD_BYTES, end),
  };
  return { frame, end };
}

export interface Scan {
  readonly frames: readonly Frame[];
  readonly goodBytes: number; // up to the last complete frame
  readonly damage: 'none' | 'cut' | 'damaged';
}

export function scanFrames(bytes: Buffer, content: Content = 'all'): Scan {
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const read = readFrame(bytes, at, content);
    if (typeof read === 'string') return { frames, goodBytes: at, damage: read };
    frames.push(read.frame);
    at = read.end;
  }
  return { frames, goodBytes: at, damage: 'none' };
}
