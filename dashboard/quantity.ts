/** Amounts as people read them. Base units come in (millicores, bytes, watts, ms), words go out. */

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const ORDER = ['cpu', 'memory', 'disk', 'diskIo', 'network', 'power'];
const NAMES: Readonly<Record<string, string>> = { cpu: 'CPU', memory: 'Memory', disk: 'Disk', power: 'Power' };

export function bytes(amount: number): string {
  const step = amount < 1 ? 0 : Math.min(BINARY.length - 1, Math.floor(Math.log2(amount) / 10));
  return `${short(amount / 1024 ** step)} ${BINARY[step]}`;
}

/** Three digits at most: what a glance can take in. */
export function short(amount: number): string {
  if (!Number.isFinite(amount)) return '–';
  const size = Math.abs(amount);
  return String(size >= 100 ? Math.round(amount) : Number(amount.toFixed(size >= 10 ? 1 : 2)));
}

export function amountOf(resource: string, amount: number): string {
  if (resource === 'cpu') return `${short(amount / 1000)} cores`;
  if (resource === 'memory' || resource === 'disk') return bytes(amount);
  if (resource === 'power') return `${short(amount)} W`;
  return short(amount);
}

export function resourceName(resource: string): string {
  return NAMES[resource] ?? resource.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/^./, (c) => c.toUpperCase());
}

/** Resources of which there is some, the well-known ones first. */
export function resourcesOf(capacity: Readonly<Record<string, number>>): readonly string[] {
  const rank = (resource: string) => (ORDER.indexOf(resource) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.keys(capacity)
    .filter((resource) => capacity[resource]! > 0)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function reading(value: number | null, unit: string): string {
  if (value === null) return '–';
  if (unit === 'bytes') return bytes(value);
  if (unit === 'bytes/s') return `${bytes(value)}/s`;
  if (unit === 'count' || unit === 'state') return String(value);
  return `${unit === 'RPM' ? Math.round(value) : short(value)} ${unit === 'C' ? '°C' : unit}`;
}
