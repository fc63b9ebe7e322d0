import type { Reading } from '../../protocol/reading.ts';

/*
 * Answers to `raw` requests, which are the same in every version and language. In one run of ipmitool several requests share
 * one session; each answer is a line ` 51 1f 00 …` of at most 16 bytes, longer ones go on in the next line. A request that
 * is refused prints nothing there, but a line on stderr that names it.
 */

export interface RawRequest {
  readonly netfn: number;
  readonly cmd: number;
  readonly data?: readonly number[];
}
export const GET_DEVICE_ID: RawRequest = { netfn: 0x06, cmd: 0x01 };
export const GET_SYSTEM_GUID: RawRequest = { netfn: 0x06, cmd: 0x37 };
export const GET_SDR_INFO: RawRequest = { netfn: 0x0a, cmd: 0x20 };
export const GET_SEL_INFO: RawRequest = { netfn: 0x0a, cmd: 0x40 };
export const GET_CHASSIS_STATUS: RawRequest = { netfn: 0x00, cmd: 0x01 };
/** DCMI 1.5, 6.6.1: mode 1 is the system's power as measured. */
export const GET_DCMI_POWER: RawRequest = { netfn: 0x2c, cmd: 0x02, data: [0xdc, 1, 0, 0] };

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`;

export function rawLine(request: RawRequest): string {
  return ['raw', hex(request.netfn), hex(request.cmd), ...(request.data ?? []).map(hex)].join(' ');
}

const BYTES = /^(?: [0-9a-f]{2}){1,16}$/;
const REFUSED = /Unable to send RAW command .*netfn=0x([0-9a-f]+) .*cmd=0x([0-9a-f]+)/i;

/** Every answer, in the order given. */
export function rawAnswers(lines: readonly string[]): number[][] {
  const answers: number[][] = [];
  let goesOn = false;
  for (const line of lines) {
    if (!BYTES.test(line)) continue;
    const bytes = line
      .trim()
      .split(' ')
      .map((byte) => Number.parseInt(byte, 16));
    const last = answers.at(-1);
    if (goesOn && last) last.push(...bytes);
    else answers.push(bytes);
    goesOn = bytes.length === 16;
  }
  return answers;
}

/** Each request's answer, null where it was refused; all null where the answers do not add up. */
export function parseRaw(
  requests: readonly RawRequest[],
  lines: readonly string[],
  errors: readonly string[],
): (readonly number[] | null)[] {
  const refused = new Set(
    errors.flatMap((line) => {
      const [, netfn, cmd] = REFUSED.exec(line) ?? [];
      return netfn === undefined || cmd === undefined
        ? []
        : [`${Number.parseInt(netfn, 16)} ${Number.parseInt(cmd, 16)}`];
    }),
  );
  const answers = rawAnswers(lines);
  const expected = requests.filter(({ netfn, cmd }) => !refused.has(`${netfn} ${cmd}`)).length;
  if (answers.length !== expected) return requests.map(() => null);
  return requests.map(({ netfn, cmd }) => (refused.has(`${netfn} ${cmd}`) ? null : (answers.shift() ?? null)));
}

/** Get Chassis Status (IPMI 2.0, 28.2) → the faults it knows of: 1 well, 0 faulty. */
export function chassisReadings(status: readonly number[] | null): Reading[] {
  const [power, , misc] = status ?? [];
  if (power === undefined || misc === undefined) return [];
  const fault = (name: string, is: boolean): Reading => ({
    sensor: `bmc/chassis/${name}`,
    value: is ? 0 : 1,
    unit: 'state',
    level: is ? 'warning' : 'ok',
  });
  return [
    fault('power', (power & 0b1_1010) !== 0), // overload, main power fault, power control fault
    fault('drives', (misc & 0b0100) !== 0),
    fault('cooling', (misc & 0b1000) !== 0),
    { sensor: 'bmc/chassis/closed', value: (misc & 0b0001) === 0 ? 1 : 0, unit: 'state' },
  ];
}

/** DCMI's Get Power Reading → watts; no value where it is not measuring (bit 6 of the last byte). */
export function dcmiReading(answer: readonly number[] | null): Reading[] {
  const [group, low, high] = answer ?? [];
  if (answer === null || answer.length < 18 || group !== 0xdc || low === undefined || high === undefined) return [];
  const measuring = ((answer[17] as number) & 0x40) !== 0;
  return [{ sensor: 'bmc/dcmi/power', value: measuring ? low | (high << 8) : null, unit: 'W' }];
}

/** The GUID's 16 bytes as text; '' for none or one that firmware leaves empty. Not put in order: it is compared, not read. */
export function guidText(answer: readonly number[] | null): string {
  if (answer?.length !== 16 || answer.every((byte) => byte === 0) || answer.every((byte) => byte === 0xff)) return '';
  return answer.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
