import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DEFAULT_HTTP_PORT, DEFAULT_MQTT_PORT } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { ClusterName } from '../../protocol/ids.ts';
import { startAppliance } from '../appliance.ts';
import { examples } from '../examples.ts';
import type { LocalNode } from '../local-cluster.ts';
import { defaultStateDir, mockDir } from '../locations.ts';
import { nodeName } from '../names.ts';
import { wholeNumber } from '../numbers.ts';
import { waitingFor } from '../progress.ts';
import { bold, print, say } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { lockForUp } from '../up-lock.ts';

interface Options {
  readonly nodes?: number;
  readonly node: string;
  readonly cluster: string;
  readonly stateDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly json?: boolean;
}

/** Unix sockets lie in it, whose paths may have 107 bytes. */
const MAX_STATE_DIR_BYTES = 70;

export function addUp(program: Command): void {
  const port = wholeNumber(0, 65_535);
  program
    .command('up')
    .summary('run an appliance on this machine')
    .description(
      'Runs a whole appliance on this machine in the foreground: the coordinator with its broker and page, and the agent of this machine. With --nodes, agents on so many mock servers instead. Ctrl-C stops it; applications on this machine itself run on, and the next start takes them over; those on mock servers end.',
    )
    .option(
      '--nodes <n>',
      'nodes N1, N2 … on mock servers, each with a BMC, instead of this machine',
      wholeNumber(1, 40),
    )
    .addOption(
      new Option('--node <name>', "this machine's name as a node").default(labelOf(hostname())).conflicts('nodes'),
    )
    .option('--cluster <name>', "the cluster's name", 'evenkeel')
    .option('--state-dir <folder>', 'where it keeps its files', defaultStateDir())
    .option('--host <address>', 'where the page and the API listen; they ask for no password', '127.0.0.1')
    .option('--http-port <port>', 'port of the page and the API; 0 takes a free one', port, DEFAULT_HTTP_PORT)
    .option('--mqtt-port <port>', 'port of the broker; 0 takes a free one', port, DEFAULT_MQTT_PORT)
    .option('--json', 'print one line of JSON when it is ready')
    .addHelpText(
      'after',
      examples('evenkeel up', 'evenkeel up --nodes 9', 'evenkeel up --state-dir /srv/evenkeel --http-port 8080'),
    )
    .action(run);
}

/** A host's name as far as it can name a node. */
function labelOf(host: string): string {
  const label = host
    .split('.', 1)[0]!
    .replace(/[^A-Za-z0-9-]/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return label || 'N1';
}

async function run(options: Options): Promise<void> {
  const stateDir = resolve(options.stateDir);
  if (Buffer.byteLength(stateDir) > MAX_STATE_DIR_BYTES)
    throw new OperatingError(
      'REQUEST_INVALID',
      `--state-dir: ${stateDir} is too long; it may have ${MAX_STATE_DIR_BYTES} bytes, since Unix sockets lie in it`,
    );
  if (!ClusterName.safeParse(options.cluster).success)
    throw new OperatingError(
      'REQUEST_INVALID',
      `--cluster: ${JSON.stringify(options.cluster)} is not allowed; it must be 1 to 63 letters, digits and inner hyphens`,
    );
  makeFolder(stateDir);
  await lockForUp(stateDir);
  const where = {
    cluster: options.cluster,
    http: { host: options.host, port: options.httpPort },
    mqtt: { host: '127.0.0.1', port: options.mqttPort },
  };
  const starting =
    options.nodes === undefined
      ? startAppliance({ ...where, stateDir, node: nodeName(options.node), onTrouble: say })
      : startMock({ ...where, stateDir, count: options.nodes, talk: !options.json });
  const up = await waitingFor('starting', starting);
  const interrupted = untilInterrupted();
  if (options.json) print(JSON.stringify({ ready: true, http: up.httpUrl, mqtt: up.mqttUrl, socket: up.socket }));
  else announce(up.httpUrl, stateDir, options);
  const failure = await Promise.race([interrupted.then(() => null), up.failed]);
  if (!options.json && failure === null) say('stopping …');
  await waitingFor('stopping', up.stop());
  if (failure !== null) throw new OperatingError('COORDINATOR_UNREACHABLE', failure);
  if (!options.json && options.nodes === undefined)
    say('Stopped. Applications of policy "keep" run on; the next "evenkeel up" takes them over.');
}

function makeFolder(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new OperatingError('REQUEST_INVALID', `--state-dir: cannot make ${stateDir}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function announce(url: string, stateDir: string, { nodes, node, stateDir: given }: Options): void {
  print(`${nodes === undefined ? `Node ${node}` : `${nodes} nodes on mock servers`} and the coordinator run.`);
  print(`${bold('Page')}   ${url}`);
  print(`${bold('Files')}  ${nodes === undefined ? stateDir : mockDir(stateDir)}`);
  const reach = given === defaultStateDir() ? '' : ` --url ${url}`;
  print(`In another terminal: evenkeel${reach} status, evenkeel${reach} apply FILE. Ctrl-C stops it.`);
}

interface MockOptions {
  readonly stateDir: string;
  readonly cluster: string;
  readonly count: number;
  readonly http: { readonly host: string; readonly port: number };
  readonly mqtt: { readonly host: string; readonly port: number };
  readonly talk: boolean;
}

async function startMock({ stateDir, count, talk, ...where }: MockOptions) {
  const { startLocalCluster } = await import('../local-cluster.ts');
  const directory = mockDir(stateDir);
  await rm(directory, { recursive: true, force: true }); // its servers are new each time, so what was is of no use
  const nodes = Array.from({ length: count }, (_, index) => mockNode(index));
  const onProgress = talk ? (text: string) => say(text) : undefined;
  const cluster = await startLocalCluster({
    ...where,
    directory,
    nodes,
    onTrouble: say,
    ...(onProgress ? { onProgress } : {}),
  });
  return {
    httpUrl: cluster.httpUrl,
    mqttUrl: cluster.mqttUrl,
    socket: cluster.socket,
    failed: cluster.coordinatorFailed,
    stop: () => cluster.stop(),
  };
}

/** Three to a rack, and small enough that a few applications fill them. */
function mockNode(index: number): LocalNode {
  const GiB = 2 ** 30;
  return {
    node: `N${index + 1}`,
    domain: `rack-${Math.floor(index / 3) + 1}`,
    labels: {},
    capacity: { cpu: 2000, memory: 2 * GiB, disk: 20 * GiB },
  };
}
