import { fortySensors } from './forty-sensors.ts';
import { reportBytes } from './report-bytes.ts';

/*
 * What a node with 40 sensors sends about them over a day, in bytes of MQTT payload, beside the same readings with their names.
 * `node bench/report-size.ts`
 */

const CYCLES = 8640;
const { names, snapshot, byException, values } = reportBytes(CYCLES);
const sorted = [...byException].sort((a, b) => a - b);
const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
const sum = sorted.reduce((total, each) => total + each, 0);
const named = Buffer.byteLength(JSON.stringify(fortySensors(1).readings));
console.log(`names, once                   ${names} B`);
console.log(`snapshot of 40 sensors        ${snapshot} B`);
console.log(`by exception                  ${at(0.5)} B median, ${at(0.99)} B p99, ${at(1)} B max`);
console.log(`  on average                  ${(sum / CYCLES).toFixed(1)} B, ${(values / CYCLES).toFixed(1)} values`);
console.log(`all readings with their names ${named} B`);
