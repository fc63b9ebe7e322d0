import { fileURLToPath } from 'node:url';
import { AGENT_FLAGS } from '../../agent/runtime-flags.ts';
import type { Wanted } from '../../cli/demo/outside.ts';

/*
 * What runs on the cluster under test: with a standby and without, under both isolation policies. All of it writes a ledger,
 * and nothing else.
 */

export interface ChaosApplication extends Wanted {
  readonly isolation: 'keep' | 'stop';
}

export const APPLICATIONS: readonly ChaosApplication[] = [
  { name: 'orders', replicas: 1, standby: 1, isolation: 'stop' },
  { name: 'history', replicas: 1, standby: 1, isolation: 'keep' },
  { name: 'ledger', replicas: 1, standby: 0, isolation: 'stop' },
  { name: 'archive', replicas: 1, standby: 0, isolation: 'keep' },
  { name: 'web', replicas: 3, standby: 0, isolation: 'keep' },
];

/** Of these, one process at most may act at any time, whatever its slot. */
export const SINGLETONS: ReadonlySet<string> = new Set(
  APPLICATIONS.filter(({ replicas }) => replicas === 1).map(({ name }) => name),
);

const PROGRAM = fileURLToPath(new URL('./application.mjs', import.meta.url));

/** As the API takes it; JSON is YAML. */
export function specOf({ name, replicas, standby, isolation }: ChaosApplication, ledgerDir: string): string {
  return JSON.stringify({
    name,
    replicas,
    standby,
    isolation,
    demand: { cpu: '300m', memory: '64Mi' },
    runtime: {
      driver: 'process',
      command: [process.execPath, ...AGENT_FLAGS, PROGRAM],
      env: { LEDGER_DIR: ledgerDir },
      stopGraceMs: 2000,
    },
  });
}

export function isolationOf(instance: string): 'keep' | 'stop' {
  const app = instance.slice(0, instance.indexOf('/'));
  const known = APPLICATIONS.find(({ name }) => name === app);
  if (!known) throw new Error(`${instance} is of no application of ours`);
  return known.isolation;
}
