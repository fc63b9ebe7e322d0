/** The generator of assembly/random.ts: 64 bits of state, here as two halves, since JavaScript multiplies no more than 32 bits exactly. */
const MULTIPLIER_HIGH = 0x2545f491;
const MULTIPLIER_LOW = 0x4f6cdd1d;

export type Random = ReturnType<typeof createRandom>;

export function createRandom(seed: number) {
  const halves = new Int32Array(2); // low, high
  new BigUint64Array(halves.buffer)[0] = (BigInt(seed) + 1n) * 0x9e3779b97f4a7c15n;
  for (let k = 0; k < 4; k++) draw();

  /** 32 bits, as a signed number: one above 2^31 would not be a small integer to the engine. */
  function draw(): number {
    let low = halves[0]!;
    let high = halves[1]!;
    low ^= (low >>> 12) | (high << 20);
    high ^= high >>> 12;
    high ^= (high << 25) | (low >>> 7);
    low ^= low << 25;
    low ^= (low >>> 27) | (high << 5);
    high ^= high >>> 27;
    halves[0] = low;
    halves[1] = high;
    return (highHalf(low, MULTIPLIER_LOW) + Math.imul(low, MULTIPLIER_HIGH) + Math.imul(high, MULTIPLIER_LOW)) | 0;
  }

  /** Uniform in 0 .. end - 1; end is at most 2^20, so that the product is exact. */
  function below(end: number): number {
    return ((draw() >>> 0) * end * 2 ** -32) | 0;
  }

  return { draw, below };
}

/** The upper 32 bits of the product of two unsigned numbers. */
function highHalf(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}
