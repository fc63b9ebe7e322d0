import { RoadefFileError } from './file-error.ts';

const MOST = 2 ** 32 - 1; // what the challenge's files may hold
const SHOWN = 20; // characters of a wrong value that a message shows

/** The white-space separated numbers of a file, one after the other. The field is only for messages, so it is made late. */
export interface Numbers {
  next(field: () => string, most?: number): number;
  /** The next number, of things that each take `perItem` numbers: refused when the file is too short to hold them. */
  nextCount(field: () => string, perItem: number): number;
  refuse(field: string, problem: string): never;
  requireEnd(): void;
}

export function numbersIn(bytes: Uint8Array, file: string): Numbers {
  let at = 0;
  let line = 1;
  const refuse = (field: string, problem: string): never => {
    throw new RoadefFileError(file, line, field, problem);
  };
  const skipSpace = (): void => {
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === 10) line++;
      else if (byte !== 32 && byte !== 9 && byte !== 13) return;
    }
  };
  const wordHere = (): string => {
    let end = at + 1;
    while (end < bytes.length && bytes[end]! > 32 && end < at + SHOWN) end++;
    return JSON.stringify(String.fromCharCode(...bytes.subarray(at, end)));
  };
  const next = (field: () => string, most = MOST): number => {
    skipSpace();
    if (at >= bytes.length) refuse(field(), 'is missing: the file ends before it');
    const start = at;
    let value = 0;
    for (; at < bytes.length && (at === start || bytes[at]! > 32); at++) {
      const digit = bytes[at]! - 48;
      value = value * 10 + digit;
      if (digit >= 0 && digit <= 9 && value <= most) continue;
      at = start;
      const allowed = most < 0 ? 'there is none that it could name' : `it must be a whole number from 0 to ${most}`;
      refuse(field(), `is ${wordHere()}; ${allowed}`);
    }
    return value;
  };
  return {
    next,
    nextCount(field, perItem) {
      const count = next(field);
      // A number takes a digit and a space: with fewer bytes left, nothing is allocated for what cannot be there.
      if (count * perItem * 2 > bytes.length - at + 1) {
        refuse(field(), `is ${count}, for which the rest of the file is too short`);
      }
      return count;
    },
    refuse,
    requireEnd() {
      skipSpace();
      if (at < bytes.length) refuse('the end', `was expected, but ${wordHere()} follows`);
    },
  };
}
