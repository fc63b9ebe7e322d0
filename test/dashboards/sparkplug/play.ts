import { call, startCoordinator } from '../../coordinator-shell/coordinator.ts';
import { eventually, temporaryFolder } from '../../coordinator-shell/temporary.ts';
import { startNode } from '../bare-node.ts';
import { startMosquitto } from '../mosquitto.ts';
import { type Connection, captured } from './capture.ts';
import { REBIRTH, startHost } from './host.ts';
import type { RawMessage } from './tap.ts';
import { startTap } from './tap.ts';

/* A life of an edge node, with everything in it that it can say. */

export const GROUP = 'Plant A';
export const EDGE_NODE = 'rack-1';
export const QUICK =
  'settings: {heartbeatMs: 100, hintAfterMs: 300, suspectAfterMs: 1000, decideAfterMs: 2000, leaseMs: 3000, startGraceMs: 0}\ndashboards: {readingsMs: 1000}\n';

const fan = (value: number | null) => ({ sensor: 'bmc/FAN1', value, unit: 'RPM', level: 'ok' });
const supply = (value: number) => ({ sensor: 'bmc/PSU 1', value, unit: 'state' });
const busy = { sensor: 'cpu/busy', value: 12.34, unit: '%' };
export const LAST_READINGS = [fan(null), supply(0), busy, { sensor: 'hwmon/é', value: 41.26, unit: 'C' }];

export interface Life {
  readonly connections: readonly Connection[];
  readonly sent: readonly RawMessage[];
  readonly heard: readonly RawMessage[];
  /** Of what was heard before the first coordinator was stopped. */
  readonly before: readonly RawMessage[];
  readonly counters: { readonly published: number };
  /** Messages heard from living edge nodes before the counters were read. */
  readonly calm: number;
}

export async function play(mqttVersion: '3.1.1' | 5): Promise<Life> {
  const broker = await startMosquitto();
  const tap = await startTap(broker);
  const host = await startHost(broker);
  const folder = temporaryFolder();
  const config = `${QUICK}mqtt: {url: "${tap.url}"}\nsparkplug: {group: ${GROUP}, edgeNode: ${EDGE_NODE}, mqttVersion: ${mqttVersion}}\n`;
  const first = await startCoordinator(config, folder);
  await host.hears('NBIRTH');
  const n1 = await startNode(broker, [fan(8000), supply(1), busy]);
  const n2 = await startNode(broker, [busy], 'N2');
  await n1.report();
  await n2.report();
  await host.hears('DBIRTH/rack-1/N1', 'bmc/FAN1');
  await host.hears('DBIRTH/rack-1/N2', 'cpu/busy');
  await eventually('the cluster has two nodes', () => host.heard.some(({ topic }) => topic.includes('/NDATA/')));

  await n1.report([fan(8100), supply(0), busy]);
  await host.hears('DDATA/rack-1/N1');
  await n1.report(LAST_READINGS);
  await host.hears('DBIRTH/rack-1/N1', 'hwmon/é');
  const grown = host.heard.length;
  await call(first.httpUrl, 'POST', '/api/v1/nodes/N1/cordon');
  await host.hears('DDATA/rack-1/N1', '', grown);

  n2.silence();
  await host.hears('DDEATH/rack-1/N2');
  const back = host.heard.length;
  await (await startNode(broker, [busy], 'N2')).report();
  await host.hears('DBIRTH/rack-1/N2', 'cpu/busy', back);

  const asked = host.heard.length;
  await host.command(`spBv1.0/${GROUP}/NCMD/${EDGE_NODE}`, REBIRTH);
  await host.hears('NBIRTH', '', asked);
  await host.hears('DBIRTH/rack-1/N1', '', asked);
  await host.hears('DBIRTH/rack-1/N2', '', asked);
  await call(first.httpUrl, 'POST', '/api/v1/nodes/N1/uncordon');
  await host.hears('DDATA/rack-1/N1', '', asked);
  const calm = host.heard.filter(({ topic }) => !topic.includes('/NDEATH/')).length;
  const counters = (await call(first.httpUrl, 'GET', '/api/v1/metrics-json')).body.sparkplug;
  await first.stop();
  await host.hears('NDEATH');

  const before = [...host.heard];
  const second = await startCoordinator(config, folder);
  await host.hears('NBIRTH', '', before.length);
  await second.stop();
  const sent = tap.connections.flatMap(({ events }) =>
    events.flatMap((event) => (event.kind === 'publish' ? [event.message] : [])),
  );
  await eventually('all of it arrives', () => host.heard.length >= sent.length);
  return { connections: captured(tap.connections), sent, heard: [...host.heard], before, counters, calm };
}
