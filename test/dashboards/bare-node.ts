import { connectTo } from '../coordinator-shell/coordinator.ts';
import { HEARTBEAT, HELLO, REPORT } from '../coordinator-shell/messages.ts';
import { afterwards, eventually } from '../coordinator-shell/temporary.ts';

/* A node that is a bare MQTT client, and says what it is told to. */

const READINGS = [
  { sensor: 'bmc/FAN1', value: 8000, unit: 'RPM', level: 'ok' },
  { sensor: 'cpu/busy', value: 12.34, unit: '%' },
];

/** It says hello and reports when told to; it goes on with heartbeats until it is silenced. */
export async function startNode(url: string, readings: readonly unknown[] = READINGS, node = 'N1') {
  const client = await connectTo(url);
  const say = (kind: string, message: object) =>
    client.publishAsync(`evenkeel/v1/test/node/${node}/up/${kind}`, JSON.stringify({ ...message, node }), { qos: 1 });
  let sequence = 0;
  let term = 0;
  client.on('message', (_topic, payload) => {
    term = JSON.parse(payload.toString()).term;
  });
  await client.subscribeAsync(`evenkeel/v1/test/node/${node}/down/lease`);
  const bootId = Date.now();
  const timer = setInterval(() => {
    // a coordinator that has just started may not have heard the first one
    if (term === 0) void say('hello', { ...HELLO, bootId }).catch(() => undefined);
    void say('heartbeat', { ...HEARTBEAT, bootId, sequence: sequence++, sentMs: sequence }).catch(() => undefined);
  }, 100);
  afterwards(() => clearInterval(timer));
  await say('hello', { ...HELLO, bootId });
  return {
    report: async (values = readings) => {
      await eventually('a lease', () => term > 0);
      await say('report', { ...REPORT, bootId, sequence: sequence++, term, readings: values });
    },
    silence: () => clearInterval(timer),
  };
}
