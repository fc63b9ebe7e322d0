import { accessSync, constants, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { AGENT_ENVIRONMENT, AGENT_FLAGS } from '../../agent/runtime-flags.ts';
import { ROOT } from '../../scripts/runtime.mjs';

/** A program to be measured: how it is started, and by which messages it reports. */
export interface Contestant {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its first report is the first message whose topic fits; null where it publishes none. */
  readonly report: RegExp | null;
  /** Asked in each cycle, as its collector would. */
  readonly scrape?: string;
  /** Keeps something in a folder, and is to be started again. */
  readonly isOurs?: true;
}

/** Where everything takes place. */
export interface Stage {
  readonly directory: string;
  readonly mqttUrl: string;
  readonly intervalMs: number;
  readonly heartbeatMs: number;
  readonly bmc: { readonly port: number; readonly password: string } | null;
}

const USER = 'admin';
const CIPHER_SUITE = 3; // ipmi_sim 2.0.33 knows no newer one

/** The built agent; with `extra` flags of Node before ours. */
export function ourAgent(stage: Stage, name: string, node: string, extra: readonly string[] = []): Contestant {
  const config = join(stage.directory, `${node}.yaml`);
  const bmc = stage.bmc && {
    kind: 'ipmi',
    transport: 'lanplus',
    host: '127.0.0.1',
    port: stage.bmc.port,
    user: USER,
    passwordEnv: 'BENCH_BMC_PASSWORD',
    cipherSuite: CIPHER_SUITE,
    privilege: 'administrator',
    timeoutMs: 10_000,
  };
  const settings = {
    cluster: 'bench',
    node,
    mqtt: { url: stage.mqttUrl },
    stateDir: join(stage.directory, node),
    reportMs: stage.intervalMs,
    heartbeatMs: stage.heartbeatMs,
    ...(bmc ? { bmc } : {}),
  };
  writeFileSync(config, JSON.stringify(settings)); // JSON is YAML
  return {
    name,
    argv: [process.execPath, ...AGENT_FLAGS, ...extra, join(ROOT, 'dist/evenkeel.js'), 'agent', '--config', config],
    env: { BENCH_BMC_PASSWORD: stage.bmc?.password ?? '', ...AGENT_ENVIRONMENT },
    isOurs: true,
    report: new RegExp(`/node/${node}/up/samples$`),
  };
}

export function naiveAgent(stage: Stage): Contestant {
  const bmc = stage.bmc && [
    ...['-I', 'lanplus', '-H', '127.0.0.1', '-p', String(stage.bmc.port)],
    ...['-U', USER, '-E', '-C', String(CIPHER_SUITE)],
  ];
  return {
    name: 'naive Node agent',
    argv: [
      process.execPath,
      join(import.meta.dirname, 'naive.mjs'),
      stage.mqttUrl,
      String(stage.intervalMs),
      ...(bmc ?? []),
    ],
    env: { IPMITOOL_PASSWORD: stage.bmc?.password ?? '' },
    report: /others\/node\/naive\/up\/report$/,
  };
}

/** Null where it is not installed. */
export function collectd(stage: Stage): Contestant | null {
  const program = findProgram('collectd');
  if (program === null) return null;
  const prefix = dirname(dirname(realpathSync(program)));
  const { hostname, port } = new URL(stage.mqttUrl);
  const ipmi = stage.bmc
    ? `LoadPlugin ipmi
<Plugin ipmi>
  <Instance "bmc">
    Address "127.0.0.1:${stage.bmc.port}"
    Username "${USER}"
    Password "${stage.bmc.password}"
    AuthType "rmcp+"
  </Instance>
</Plugin>
`
    : '';
  const config = join(stage.directory, 'collectd.conf');
  writeFileSync(
    config,
    `BaseDir "${stage.directory}"
PIDFile "${join(stage.directory, 'collectd.pid')}"
PluginDir "${join(prefix, 'lib/collectd')}"
TypesDB "${join(prefix, 'share/collectd/types.db')}"
Interval ${stage.intervalMs / 1000}
${['cpu', 'memory', 'swap', 'load', 'df', 'disk', 'interface', 'mqtt'].map((plugin) => `LoadPlugin ${plugin}`).join('\n')}
<Plugin mqtt>
  <Publish "bench">
    Host "${hostname}"
    Port "${port}"
    Prefix "evenkeel/v1/others/node/collectd/up"
  </Publish>
</Plugin>
${ipmi}`,
  );
  return { name: 'collectd', argv: [program, '-f', '-C', config], report: /others\/node\/collectd\// };
}

/** Null where it is not installed. It has no sensors of a BMC. */
export function nodeExporter(port: number): Contestant | null {
  const program = findProgram('prometheus-node-exporter');
  if (program === null) return null;
  const address = `127.0.0.1:${port}`;
  return {
    name: 'prometheus-node-exporter (no BMC)',
    argv: [program, `--web.listen-address=${address}`],
    report: null,
    scrape: `http://${address}/metrics`,
  };
}

/** A Node process that does nothing: below it no agent in Node can be; with the second thread that a heartbeat needs. */
export function emptyNode(threads: 1 | 2): Contestant {
  const idle = 'setInterval(()=>{},1000)';
  const limits = '{maxYoungGenerationSizeMb:1,maxOldGenerationSizeMb:32}';
  const source =
    threads === 1
      ? idle
      : `const{Worker}=require('node:worker_threads');new Worker(${JSON.stringify(idle)},{eval:true,resourceLimits:${limits}});${idle}`;
  return {
    name: threads === 1 ? 'Node that does nothing' : 'Node and a second thread that do nothing',
    argv: [process.execPath, ...AGENT_FLAGS, '-e', source],
    report: null,
  };
}

/** Also where the PATH of a user does not lead: daemons lie in sbin. */
export function findProgram(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here
    }
  }
  return null;
}
