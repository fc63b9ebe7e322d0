import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

/*
 * The demo's cluster: ten servers in three racks, and seven applications, 18 instances. All small, so that the whole of it
 * runs on a laptop: a server has a quarter of a core here.
 */

export interface DemoNode {
  readonly node: string;
  readonly domain: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, number>>;
}

export const CPU_MILLICORES = 250;
const NVME = new Set([1, 3, 4, 6, 7, 9, 10]);

export function demoNode(number: number): DemoNode {
  const domain = number === 10 ? 'A' : ['A', 'B', 'C'][Math.floor((number - 1) / 3)];
  return {
    node: `N${number}`,
    domain: domain ?? 'A',
    labels: { disk: NVME.has(number) ? 'nvme' : 'sata' },
    capacity: { cpu: CPU_MILLICORES, memory: 512 * 2 ** 20, power: 400 },
  };
}

export interface DemoApplication {
  readonly name: string;
  readonly replicas: number;
  readonly standby: number;
  readonly yaml: string;
}

export interface DemoFolders {
  readonly ledger: string;
  readonly spool: string;
}

export function demoFolders(directory: string): DemoFolders {
  const folders = { ledger: join(directory, 'ledger'), spool: join(directory, 'spool') };
  for (const folder of [folders.ledger, join(folders.spool, 'new'), join(folders.spool, 'done')])
    mkdirSync(folder, { recursive: true });
  return folders;
}

/** The scripts lie beside this file in the source, and in a folder of their own in dist. */
function script(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? './apps/' : './demo-apps/';
  return fileURLToPath(new URL(`${folder}${name}.mjs`, import.meta.url));
}

interface Choice {
  readonly replicas: number;
  readonly standby?: number;
  readonly priority: number;
  readonly script: 'web' | 'burner' | 'worker';
  readonly env?: Readonly<Record<string, string>>;
  readonly isolation?: 'stop';
  readonly constraints?: object;
  readonly objective?: object;
}

const CHOICES: Readonly<Record<string, Choice>> = {
  // a database, say: one active, one warm standby, never two active; on nodes with fast disks
  orders: {
    replicas: 1,
    standby: 1,
    priority: 90,
    script: 'web',
    isolation: 'stop',
    constraints: { allow: [{ label: 'disk', in: ['nvme'] }] },
  },
  gateway: { replicas: 1, standby: 1, priority: 80, script: 'web', isolation: 'stop' },
  history: { replicas: 1, standby: 1, priority: 60, script: 'web' },
  web: { replicas: 3, priority: 70, script: 'web', objective: { kind: 'latency', target: 100 } },
  portal: { replicas: 3, priority: 50, script: 'web' },
  worker: { replicas: 3, priority: 40, script: 'worker' },
  burner: { replicas: 3, priority: 20, script: 'burner', env: { MILLICORES: '25' } },
};

export function demoApplications(folders: DemoFolders): DemoApplication[] {
  return Object.entries(CHOICES).map(([name, choice]) => ({
    name,
    replicas: choice.replicas,
    standby: choice.standby ?? 0,
    yaml: stringify(specOf(name, choice, folders)),
  }));
}

/** `orders` as it is first installed: on N1 alone, so that the scenarios in which N1 is lost have something to promote. */
export function firstInstalledOnN1(folders: DemoFolders): string {
  const { orders } = CHOICES;
  if (!orders) throw new Error('the demo has an application orders');
  const constraints = { allow: [{ label: 'node', in: ['N1'] }] };
  return stringify(specOf('orders', { ...orders, standby: 0, constraints }, folders));
}

function specOf(name: string, choice: Choice, folders: DemoFolders): object {
  const http = choice.script === 'web';
  const { objective, isolation, constraints } = choice;
  return {
    name,
    replicas: choice.replicas,
    standby: choice.standby ?? 0,
    priority: choice.priority,
    demand: { cpu: '60m', memory: '64Mi', power: 40 },
    ...(constraints && { constraints }),
    ...(objective && { objective }),
    ...(isolation && { isolation }),
    runtime: {
      driver: 'process',
      command: [process.execPath, '--max-semi-space-size=1', script(choice.script)],
      env: { LEDGER_DIR: folders.ledger, SPOOL_DIR: folders.spool, ...choice.env },
      stopGraceMs: 2000,
      ...(http && { ports: ['http'] }),
    },
    ...(http && {
      probes: { readiness: { http: { port: 'http', path: '/healthz' }, intervalMs: 500, timeoutMs: 2000 } },
    }),
  };
}
