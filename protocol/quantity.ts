/*
 * Amounts as people write them (`250m`, `1.5Gi`) → integers in base units. Exact: decimal digits are never put through
 * binary fractions, and a part of a byte counts as a whole one, since a demand must not shrink.
 */

export type Quantity =
  | { readonly ok: true; readonly amount: number }
  | { readonly ok: false; readonly allowed: string };

const CPU_ALLOWED = 'a number of cores (2, 0.5; at most three decimals, at most 4096) or millicores (250m)';
const BYTES_ALLOWED =
  'a whole number of bytes or an amount with a unit: k, M, G, T, P (powers of 1000) or Ki, Mi, Gi, Ti, Pi (powers of 1024), as in 64Mi, 1.5GiB, 500MB';
const PLAIN_ALLOWED = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;

/** More than any machine has; `cpu: 2000` is nearly always meant as millicores. */
const MAX_MILLICORES = 4096 * 1000;

const POWER: Readonly<Record<string, number>> = { '': 0, k: 1, M: 2, G: 3, T: 4, P: 5 };

/** What is asked or had of one resource: cpu → millicores, memory and disk → bytes, any other as it stands. */
export function readQuantity(resource: string, value: unknown): Quantity {
  switch (resource) {
    case 'cpu':
      return readCpu(value);
    case 'memory':
    case 'disk':
      return readBytes(value);
    default:
      return Number.isSafeInteger(value) && (value as number) >= 0
        ? { ok: true, amount: value as number }
        : { ok: false, allowed: PLAIN_ALLOWED };
  }
}

/** Cores as a number or text (`2`, `0.5`), or millicores (`250m`) → millicores. */
export function readCpu(value: unknown): Quantity {
  const wrong = { ok: false, allowed: CPU_ALLOWED } as const;
  const match = /^(\d{1,16})(?:\.(\d{1,16}))?(m?)$/.exec(textOf(value));
  if (!match) return wrong;
  const [, whole = '', fraction = '', milli] = match;
  if (milli === 'm' && fraction !== '') return wrong;
  const scaled = milli === 'm' ? BigInt(whole) : exact(whole, fraction, 1000n);
  return scaled === null || scaled > MAX_MILLICORES ? wrong : { ok: true, amount: Number(scaled) };
}

/** Bytes as a whole number, or text with a decimal or binary unit → bytes, rounded up. */
export function readBytes(value: unknown): Quantity {
  const wrong = { ok: false, allowed: BYTES_ALLOWED } as const;
  const match = /^(\d{1,16})(?:\.(\d{1,16}))? ?(?:([kKMGTP]?)(i?)B?)?$/.exec(textOf(value));
  if (!match) return wrong;
  const [, whole = '', fraction = '', prefix = '', binary = ''] = match;
  if (prefix === '' && (fraction !== '' || binary !== '')) return wrong;
  const power = POWER[prefix === 'K' ? 'k' : prefix] ?? 0;
  const unit = (binary === 'i' ? 1024n : 1000n) ** BigInt(power);
  const bytes = roundedUp(whole, fraction, unit);
  return bytes > Number.MAX_SAFE_INTEGER ? wrong : { ok: true, amount: Number(bytes) };
}

/** Numbers as JavaScript writes them: what is too small or too large for plain digits has an exponent and fits nothing. */
function textOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
}

/** `whole.fraction` × unit, null where that is no whole number. */
function exact(whole: string, fraction: string, unit: bigint): bigint | null {
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(whole + fraction) * unit;
  return product % scale === 0n ? product / scale : null;
}

function roundedUp(whole: string, fraction: string, unit: bigint): bigint {
  const scale = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * unit + scale - 1n) / scale;
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** For people: `96Mi`, `1.5Gi`; at most one decimal, so not always exact. */
export function showBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < BINARY.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${Number(amount.toFixed(amount < 100 ? 1 : 0))}${BINARY[unit]}`;
}

/** For people: `250m` below one core, `1.5` above; at most two decimals. */
export function showCpu(millicores: number): string {
  return millicores > 0 && millicores < 1000
    ? `${Math.round(millicores)}m`
    : `${Number((millicores / 1000).toFixed(2))}`;
}

/** An amount of a resource for people, in the form that `readQuantity` takes. */
export function showQuantity(resource: string, amount: number): string {
  if (resource === 'cpu') return showCpu(amount);
  return resource === 'memory' || resource === 'disk' ? showBytes(amount) : `${amount}`;
}
