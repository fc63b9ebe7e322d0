/*
 * Two well-known sums over short texts, written out: Node's own come with all of zlib (0.8 MiB of memory) and all of OpenSSL's
 * bindings (1.2 MiB), for each agent and for good. Not for secrets, and not for what is long.
 */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** CRC-32 as of zlib, of the text in UTF-8: from 0 up to 2^32. */
export function crc32Of(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The first 32 bits of the fractional parts of the `root`-th roots (2 or 3) of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractions(count: number, root: 2 | 3): Uint32Array {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) isPrime = false;
    if (isPrime) found.push(candidate);
  }
  return Uint32Array.from(found, (prime) => {
    const value = root === 2 ? Math.sqrt(prime) : Math.cbrt(prime);
    return Math.floor((value - Math.floor(value)) * 2 ** 32);
  });
}
const ROUND = fractions(64, 3);
const START = fractions(8, 2);

const rotated = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** SHA-256 of the text in UTF-8: 32 bytes. */
export function sha256Of(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const padded = Buffer.alloc(Math.ceil((length + 9) / 64) * 64);
  padded.write(text);
  padded[length] = 0x80;
  padded.writeUInt32BE(Math.floor((length * 8) / 2 ** 32), padded.length - 8);
  padded.writeUInt32BE((length * 8) >>> 0, padded.length - 4);
  const sum = START.slice();
  const words = new Uint32Array(64);
  for (let from = 0; from < padded.length; from += 64) {
    for (let i = 0; i < 16; i++) words[i] = padded.readUInt32BE(from + 4 * i);
    compress(sum, words);
  }
  const digest = Buffer.alloc(32);
  sum.forEach((word, i) => {
    digest.writeUInt32BE(word, 4 * i);
  });
  return digest;
}

function compress(sum: Uint32Array, words: Uint32Array): void {
  const word = (i: number) => words[i] ?? 0;
  for (let i = 16; i < 64; i++) {
    const [near, far] = [word(i - 2), word(i - 15)];
    const small0 = rotated(far, 7) ^ rotated(far, 18) ^ (far >>> 3);
    const small1 = rotated(near, 17) ^ rotated(near, 19) ^ (near >>> 10);
    words[i] = word(i - 16) + small0 + word(i - 7) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = sum;
  for (let i = 0; i < 64; i++) {
    const big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const first = (h + big1 + chosen + (ROUND[i] ?? 0) + word(i)) | 0;
    const big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + big0 + majority) | 0];
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) sum[i] = (sum[i] ?? 0) + value;
}
