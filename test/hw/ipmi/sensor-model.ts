/*
 * The board behind a simulated BMC: its sensors, and the records (SDR, FRU) by which a BMC describes itself, as IPMI 2.0
 * chapters 43 and the Platform Management FRU Information Storage Definition lay them out.
 */

/** IPMI 2.0: unit codes of table 43-15, sensor types of table 42-3, entities of table 43-13. */
const UNIT = { C: 1, V: 4, W: 6, RPM: 18 } as const;
const TYPE = { temperature: 1, voltage: 2, fan: 4, intrusion: 5, supply: 8, unit: 9, other: 11, memory: 12 } as const;

const THRESHOLDS = ['lnc', 'lcr', 'lnr', 'unc', 'ucr', 'unr'] as const; // in the order of their bits
type Threshold = (typeof THRESHOLDS)[number];

interface Common {
  readonly name: string;
  readonly entity: readonly [id: number, instance: number];
}
export interface Analog extends Common {
  readonly kind: keyof typeof TYPE;
  readonly unit: keyof typeof UNIT;
  readonly step: readonly [factor: number, exponent: number]; // value = raw * factor * 10^exponent
  readonly value: number | null; // null: never gets one, as sensors of an empty slot
  readonly limits: Readonly<Partial<Record<Threshold, number>>>;
}
export interface Discrete extends Common {
  readonly kind: keyof typeof TYPE;
  readonly states: number; // event/reading type: 0x6f as the sensor's type defines, 0x0b redundancy
  readonly bits: number;
  readonly mask: number;
}
export type Sensor = Analog | Discrete;

const FAN = { kind: 'fan', unit: 'RPM', step: [60, 0], limits: { lnr: 300, lcr: 480, lnc: 720 } } as const;
const TEMPERATURE = { kind: 'temperature', unit: 'C', step: [1, 0] } as const;
export const SENSORS: readonly Sensor[] = [
  { name: 'CPU1 Temp', entity: [3, 1], ...TEMPERATURE, value: 47, limits: { unc: 85, ucr: 95, unr: 100 } },
  { name: 'Inlet Temp', entity: [55, 1], ...TEMPERATURE, value: 23, limits: { lnc: 6, lcr: 4, unc: 38, ucr: 42 } },
  { name: 'GPU1 Temp', entity: [11, 1], ...TEMPERATURE, value: null, limits: { unc: 85 } },
  { name: 'FAN1', entity: [29, 1], ...FAN, value: 7200 },
  { name: 'FAN2', entity: [29, 2], ...FAN, value: 7140 },
  { name: 'Sys Power', entity: [7, 1], kind: 'other', unit: 'W', step: [8, 0], value: 344, limits: { unc: 1200 } },
  {
    name: '12V',
    entity: [7, 1],
    kind: 'voltage',
    unit: 'V',
    step: [6, -2],
    value: 12,
    limits: { lcr: 10.8, ucr: 13.2 },
  },
  { name: 'DIMM', entity: [32, 1], ...TEMPERATURE, value: 38, limits: {} },
  { name: 'DIMM', entity: [32, 2], ...TEMPERATURE, value: 39, limits: {} }, // vendors do name two alike
  { name: 'PSU1 Status', entity: [10, 1], kind: 'supply', states: 0x6f, bits: 1, mask: 0x0f },
  { name: 'PSU2 Status', entity: [10, 2], kind: 'supply', states: 0x6f, bits: 1, mask: 0x0f },
  { name: 'PS Redundancy', entity: [19, 1], kind: 'unit', states: 0x0b, bits: 1, mask: 0x0f },
  { name: 'Intrusion', entity: [23, 1], kind: 'intrusion', states: 0x6f, bits: 0, mask: 0x01 },
  { name: 'ECC', entity: [32, 1], kind: 'memory', states: 0x6f, bits: 0, mask: 0x23 },
];

const isAnalog = (sensor: Sensor): sensor is Analog => 'unit' in sensor;
const factorOf = ({ step: [factor, exponent] }: Analog) => factor * 10 ** exponent;
const rawOf = (sensor: Analog, value: number) => Math.max(0, Math.min(255, Math.round(value / factorOf(sensor))));
const hex = (byte: number) => `0x${(byte & 255).toString(16).padStart(2, '0')}`;
const bits15 = (bits: number) => bits.toString(2).padStart(15, '0');
const text = (value: string) => [0xc0 | value.length, ...Buffer.from(value)];

/** ipmi_sim's commands for one sensor. `file` holds its value in thousandths, or its bits. */
export function sensorCommands(sensor: Sensor, number: number, file: string): string[] {
  const base = `0x20 0 ${number}`;
  const poll = `poll 50 file "${file}"`;
  const common = [`main_sdr_add 0x20 ${sdr(sensor, number).map(hex).join(' ')}`];
  if (!isAnalog(sensor)) {
    const set = [...Array(15).keys()].filter((bit) => (sensor.bits >> bit) & 1);
    return [
      `sensor_add ${base} ${TYPE[sensor.kind]} ${hex(sensor.states)} ${poll} base=0`,
      ...set.map((bit) => `sensor_set_bit ${base} ${bit} 1 0`),
      `sensor_set_event_support ${base} enable scanning per-state ${Array(4).fill(bits15(sensor.mask)).join(' ')}`,
      ...common,
    ];
  }
  const { value, limits } = sensor;
  const events = bits15(eventsOf(sensor));
  const divisor = Math.round(1000 * factorOf(sensor));
  const reversed = THRESHOLDS.toReversed();
  return [
    `sensor_add ${base} ${TYPE[sensor.kind]} 0x01${value === null ? '' : ` ${poll} div=${divisor} base=10`}`,
    ...(value === null ? [] : [`sensor_set_value ${base} ${rawOf(sensor, value)} 0`]),
    `sensor_set_threshold ${base} settable ${reversed.map((name) => (limits[name] === undefined ? 0 : 1)).join('')} ${reversed
      .map((name) => rawOf(sensor, limits[name] ?? 0))
      .join(' ')}`,
    `sensor_set_hysteresis ${base} settable 1 1`,
    `sensor_set_event_support ${base} enable ${value === null ? 'no-' : ''}scanning per-state ${Array(4).fill(events).join(' ')}`,
    ...common,
  ];
}

function eventsOf({ limits }: Analog): number {
  // going low for the lower ones, going high for the upper ones
  return THRESHOLDS.reduce(
    (bits, name, i) => (limits[name] === undefined ? bits : bits | (1 << (i < 3 ? 2 * i : 2 * i + 1))),
    0,
  );
}

/** A full sensor record (43.1) for an analog sensor, a compact one (43.2) for a discrete one. */
function sdr(sensor: Sensor, number: number): number[] {
  const head = [0, 0, 0x51, isAnalog(sensor) ? 1 : 2, 0, 0x20, 0, number, ...sensor.entity];
  const record = isAnalog(sensor) ? [...head, ...fullRecord(sensor)] : [...head, ...compactRecord(sensor)];
  record.push(...text(sensor.name));
  record[4] = record.length - 5;
  return record;
}
function fullRecord(sensor: Analog): number[] {
  const events = eventsOf(sensor);
  const has = THRESHOLDS.reduce((bits, name, i) => (sensor.limits[name] === undefined ? bits : bits | (1 << i)), 0);
  const limit = (name: Threshold) => rawOf(sensor, sensor.limits[name] ?? 0);
  const [factor, exponent] = sensor.step;
  return [
    ...[0x7f, 0x68, TYPE[sensor.kind], 0x01, events & 255, events >> 8, events & 255, events >> 8, has, has],
    ...[0, UNIT[sensor.unit], 0, 0, factor & 255, (factor >> 2) & 0xc0, 0, 0, 0, (exponent & 15) << 4, 7],
    ...[rawOf(sensor, sensor.value ?? 40), 255, 0, 255, 0],
    ...[limit('unr'), limit('ucr'), limit('unc'), limit('lnr'), limit('lcr'), limit('lnc'), 1, 1, 0, 0, 0],
  ];
}
function compactRecord({ kind, states, mask }: Discrete): number[] {
  const masks = [mask & 255, mask >> 8];
  return [0x67, 0x40, TYPE[kind], states, ...masks, ...masks, ...masks, 0xc0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
}

/** The locator records of the BMC itself and of its FRU: rows of a listing that are no sensors. */
export function locatorCommands(): string[] {
  const record = (bytes: number[], name: string) => {
    const whole = [...bytes, ...text(name)];
    whole[4] = whole.length - 5;
    return `main_sdr_add 0x20 ${whole.map(hex).join(' ')}`;
  };
  return [
    record([0, 0, 0x51, 0x12, 0, 0x20, 0, 0, 0x3f, 0, 0, 0, 7, 1, 0], 'Test BMC'),
    record([0, 0, 0x51, 0x11, 0, 0x20, 0, 0x80, 0, 0, 0x10, 0, 7, 1, 0], 'Builtin FRU'),
  ];
}

/** A FRU inventory with a board and a product area; areas end with a checksum and have lengths in multiples of 8. */
export function fru(serial: string): Buffer {
  const checksum = (bytes: readonly number[]) => (256 - (bytes.reduce((sum, byte) => sum + byte, 0) & 255)) & 255;
  const area = (body: readonly number[]) => {
    const padded = [...body, 0xc1];
    while ((padded.length + 1) % 8 !== 0) padded.push(0);
    padded[1] = (padded.length + 1) / 8;
    return [...padded, checksum(padded)];
  };
  const board = area([1, 0, 25, 0, 0, 0, ...text('ACME'), ...text('Board X1'), ...text('BRD-1'), ...text('X1'), 0xc0]);
  const product = area([
    1,
    0,
    25,
    ...text('ACME'),
    ...text('Edge 2U'),
    ...text('E2'),
    ...text('1.0'),
    ...text(serial),
    ...text('A-1'),
    0xc0,
  ]);
  const header = [1, 0, 0, 1, 1 + board.length / 8, 0, 0];
  return Buffer.from([...header, checksum(header), ...board, ...product]);
}
