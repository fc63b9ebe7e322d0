import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../cli/client.ts';
import { findTarget } from '../../cli/target.ts';
import type { AppView, ClusterView, NodeView } from '../../protocol/view.ts';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';
import { evenkeel } from './run-cli.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const SLEEPER =
  'name: sleeper\ndemand: { cpu: 10m, memory: 1Mi }\nruntime: { driver: process, command: [sleep, "600"], stopGraceMs: 100 }\n';
const PATIENCE = { timeout: 40_000, interval: 100 };

let folder: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  if (existsSync(join(ROOT, 'dist/solver.wasm'))) return;
  const { code, output } = await runQuietly(process.execPath, ['scripts/build-solver.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(output);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ek-up-')); // short: sockets lie in it
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL'); // its coordinator and agent end with it
    await new Promise((resolve) => child.once('exit', resolve));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

interface Up {
  readonly child: ChildProcess;
  readonly socket: string;
  readonly http: string;
  readonly exit: Promise<number | null>;
}

async function up(...args: string[]): Promise<Up> {
  const child = spawn(
    process.execPath,
    [MAIN, 'up', '--json', '--state-dir', folder, '--http-port', '0', '--mqtt-port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  started.push(child);
  let err = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const line = new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
  const first = await Promise.race([
    line,
    exit.then((code) => Promise.reject(new Error(`up ended with ${code}: ${err}`))),
  ]);
  return { child, exit, ...JSON.parse(first) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function pidOf(socket: string, app: string): Promise<number> {
  let pid: number | null = null;
  await expect
    .poll(async () => {
      const nodes = await createClient({ socket }).get<NodeView[]>('/nodes');
      const instance = nodes.flatMap(({ instances }) => instances).find((each) => each.instance === `${app}/0`);
      pid = instance?.state === 'ready' ? instance.pid : null;
      return pid;
    }, PATIENCE)
    .not.toBeNull();
  return pid!;
}

test('an appliance of this machine runs an application, and the next one takes it over', async () => {
  const first = await up('--node', 'box');
  const file = join(folder, 'sleeper.yaml');
  await writeFile(file, SLEEPER);
  const at = ['--socket', first.socket];
  expect(findTarget({}, {}, folder)).toEqual({ socket: first.socket });
  expect((await evenkeel(['apply', file, ...at])).code).toBe(0);
  const pid = await pidOf(first.socket, 'sleeper');
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\u0000600\u0000');
  const status = await evenkeel(['status', '--url', first.http]);
  expect(status.out).toMatch(/^box +alive/m);
  expect(status.out).toMatch(/^sleeper +1\/1 +1\/1/m);

  first.child.kill('SIGINT');
  expect(await first.exit).toBe(0);
  expect(isAlive(pid)).toBe(true);
  expect((await evenkeel(['status', ...at])).code).toBe(3);

  const second = await up('--node', 'box');
  expect(await pidOf(second.socket, 'sleeper')).toBe(pid);
  expect((await evenkeel(['delete', 'sleeper', '--socket', second.socket])).code).toBe(0);
  await expect.poll(() => isAlive(pid), PATIENCE).toBe(false);
  second.child.kill('SIGTERM');
  expect(await second.exit).toBe(0);
});

test('coordinator and agent end with an "up" that is killed', async () => {
  const { child, socket } = await up('--node', 'box');
  const children = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .map(Number);
  expect(children.length).toBeGreaterThanOrEqual(2);
  child.kill('SIGKILL');
  for (const pid of children) await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
  await expect(createClient({ socket }).get('/status')).rejects.toMatchObject({ code: 'COORDINATOR_UNREACHABLE' });
});

/** A killed process whose new parent has not yet looked is a zombie: it runs nothing. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

test('nodes on mock servers join, and end with it', async () => {
  const { child, exit, socket } = await up('--nodes', '2');
  expect(findTarget({}, {}, folder)).toEqual({ socket });
  const view = await createClient({ socket }).get<ClusterView>('/status');
  expect(view.nodes.map(({ node, liveness, takeover }) => [node, liveness, takeover])).toEqual([
    ['N1', 'alive', 'bmc'],
    ['N2', 'alive', 'bmc'],
  ]);
  const file = join(folder, 'sleeper.yaml');
  await writeFile(file, `${SLEEPER}replicas: 2\n`);
  expect((await evenkeel(['apply', file, '--socket', socket])).code).toBe(0);
  await expect.poll(async () => (await createClient({ socket }).get<AppView>('/apps/sleeper')).ready, PATIENCE).toBe(2);
  const pid = await pidOf(socket, 'sleeper');
  child.kill('SIGINT');
  expect(await exit).toBe(0);
  await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
});

test.each([[['--node', 'box']], [['--nodes', '1']]])(
  'a second appliance on the same files is refused: %j',
  async (args) => {
    const first = await up('--node', 'box');
    const { code, err } = await evenkeel([
      'up',
      ...args,
      '--state-dir',
      folder,
      '--http-port',
      '0',
      '--mqtt-port',
      '0',
    ]);
    expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(`with the files in ${folder} already`) });
    const { out } = await evenkeel(['status', '--socket', first.socket]);
    expect(out).toMatch(/^box +alive/m);
  },
);

test('a port that is taken ends it with what the coordinator said', async () => {
  const first = await up('--node', 'box');
  const other = join(folder, 'other');
  const port = new URL(first.http).port;
  const { code, err } = await evenkeel([
    'up',
    '--node',
    'box',
    '--state-dir',
    other,
    '--http-port',
    port,
    '--mqtt-port',
    '0',
  ]);
  expect(code).toBe(1);
  expect(err).toContain('the coordinator ended with exit code 1');
  expect(err).toContain(`port ${port}`);
});

test('a folder that cannot be made is bad input', async () => {
  expect(await evenkeel(['up', '--state-dir', '/dev/null/x'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--state-dir: cannot make /dev/null/x'),
  });
});

test.each(['coordinator', 'agent'] as const)('a killed %s is started again, at the same place', async (name) => {
  const { child, exit, socket, http } = await up('--node', 'box');
  const said = new Promise<string>((resolve) => child.stderr!.on('data', (text: Buffer) => resolve(`${text}`)));
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  const pids = children.trim().split(' ').map(Number);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  const victim = pids[commands.findIndex((command) => command.split('\0').includes(name))]!;
  process.kill(victim, 'SIGKILL');
  expect(await said).toContain(`the ${name} ended with SIGKILL: it is started again`);
  const isBack = async (): Promise<boolean> => {
    const view = await createClient({ url: http })
      .get<ClusterView>('/status')
      .catch(() => null);
    return view?.nodes[0]?.liveness === 'alive' && (name === 'agent' || view.term === 2);
  };
  await expect.poll(isBack, PATIENCE).toBe(true);
  expect(findTarget({}, {}, folder)).toEqual({ socket });
  child.kill('SIGINT');
  expect(await exit).toBe(0);
});
