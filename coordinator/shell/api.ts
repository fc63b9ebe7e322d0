import type { ServerResponse } from 'node:http';
import {
  type Accepted,
  AdoptRequest,
  API_PREFIX,
  DisarmRequest,
  DrainRequest,
  NodeAction,
  type NodeHistory,
  PlanRequest,
  RebootControl,
  RebootRequest,
} from '../../protocol/api.ts';
import { monotonicMs } from '../../protocol/clock.ts';
import { AppName, NodeName } from '../../protocol/ids.ts';
import { type MetricsSource, sendMetrics } from '../../protocol/metrics-server.ts';
import { issueText } from '../../protocol/parse.ts';
import { parseSpecs } from '../../protocol/spec-file.ts';
import type { Reply } from '../core/effects.ts';
import type { Command } from '../core/events.ts';
import { explainApp } from '../core/explain.ts';
import { pointsOf } from '../core/sample-history.ts';
import type { State } from '../core/state.ts';
import { buildWhatIf, preview, wantsMoreFreedom } from '../core/what-if.ts';
import type { Store } from '../store/store.ts';
import type { BackupSchedule } from './backup-schedule.ts';
import type { EventStream } from './event-stream.ts';
import { type Handler, HttpError, type Request } from './http.ts';
import type { Runtime } from './runtime.ts';
import type { SolverClient } from './solver-client.ts';
import { serveStatic } from './static-files.ts';

/* The API's routes, as protocol/api.ts lists them. */

export interface ApiOptions {
  readonly runtime: Runtime;
  readonly store: Store;
  readonly backups: BackupSchedule;
  readonly solver: SolverClient;
  readonly stream: EventStream;
  readonly counters: () => unknown;
  readonly metrics: MetricsSource;
  readonly dashboard: string;
  /** Nodes whose real BMC would switch this very machine off. */
  readonly ownNodes: (state: State) => NodeName[];
}

export function createApi(options: ApiOptions): Handler {
  return async (request, response) => {
    if (request.path === '/healthz') return { ok: true };
    const metrics = request.method === 'GET' ? options.metrics(request.path) : null;
    if (metrics) return await sendMetrics(response, metrics);
    if (request.path.startsWith(`${API_PREFIX}/`)) {
      const parts = request.path
        .slice(API_PREFIX.length + 1)
        .split('/')
        .filter((part) => part !== '');
      return await route(options, request, response, parts);
    }
    if (request.method === 'GET' && (await serveStatic(options.dashboard, request.path, response))) return undefined;
    throw new HttpError(404, 'REQUEST_INVALID', `there is nothing at ${request.path.slice(0, 200)}`);
  };
}

async function route(
  options: ApiOptions,
  request: Request,
  response: ServerResponse,
  parts: string[],
): Promise<unknown> {
  const { runtime } = options;
  const [kind, name, action] = parts;
  switch (`${request.method} ${kind}${parts.length > 1 ? '/…' : ''}${parts.length > 2 ? '/…' : ''}`) {
    case 'GET status':
      return runtime.view();
    case 'GET nodes':
      return runtime.view().nodes;
    case 'GET nodes/…':
      return found(runtime.view().nodes, (node) => node.node === nodeName(name), 'NODE_UNKNOWN', `node ${name}`);
    case 'GET nodes/…/…':
      if (action !== 'history')
        throw new HttpError(404, 'REQUEST_INVALID', `nodes/${name}/${action} is not part of the API`);
      return history(runtime.state, nodeName(name));
    case 'GET apps':
      return runtime.view().apps;
    case 'GET apps/…':
      return found(runtime.view().apps, (app) => app.app === appName(name), 'APP_UNKNOWN', `application ${name}`);
    case 'GET events':
      return events(options.store, request);
    case 'GET stream':
      if (!options.stream.add(response)) throw new HttpError(503, 'RATE_EXCEEDED', 'too many listen already');
      return undefined;
    case 'PUT apps/…':
      return await apply(runtime, appName(name), await request.body());
    case 'DELETE apps/…':
      return await command(runtime, { kind: 'delete', app: appName(name) });
    case 'POST plan':
      return await plan(options, await request.body());
    case 'GET explain/…': {
      const explanation = explainApp(runtime.state, appName(name));
      if (!explanation) throw unknown('APP_UNKNOWN', `application ${name}`, [...runtime.state.apps.keys()]);
      return explanation;
    }
    case 'POST nodes/…/…': {
      const wanted = NodeAction.safeParse(action);
      if (!wanted.success)
        throw new HttpError(
          400,
          'REQUEST_INVALID',
          `${JSON.stringify(action)} is no action; allowed are ${NodeAction.options.join(', ')}`,
        );
      const node = nodeName(name);
      if (wanted.data !== 'drain') return await command(runtime, { kind: 'node', node, action: wanted.data });
      const drain = DrainRequest.safeParse(jsonOf(await request.body(), '{"returns":true}'));
      if (!drain.success) throw new HttpError(400, 'REQUEST_INVALID', issueText(drain.error));
      return await command(runtime, { kind: 'node', node, action: 'drain', returns: drain.data.returns });
    }
    case 'POST reboot':
      return await reboot(options, await request.body());
    case 'POST disarm': {
      const disarm = DisarmRequest.safeParse(jsonOf(await request.body(), '{"reason":"work on the network"}'));
      if (!disarm.success) throw new HttpError(400, 'REQUEST_INVALID', issueText(disarm.error));
      return await command(runtime, { kind: 'disarm', reason: disarm.data.reason, wallMs: Date.now() });
    }
    case 'POST arm':
      return await command(runtime, { kind: 'arm' });
    case 'POST reboot/…': {
      const control = RebootControl.safeParse(name);
      if (!control.success) break;
      return await command(runtime, { kind: 'controlReboot', control: control.data });
    }
    case 'GET store':
      return options.backups.status();
    case 'POST store/…':
      if (name === 'adopt') return await adopt(runtime, await request.body());
      if (name !== 'backup') break;
      return await options.backups.run();
    case 'GET metrics-json':
      return options.counters();
  }
  throw new HttpError(404, 'REQUEST_INVALID', `${request.method} ${request.path.slice(0, 200)} is not part of the API`);
}

/** The latest points of each sensor of a node. */
function history(state: State, node: NodeName): NodeHistory {
  if (!state.nodes.has(node)) throw unknown('NODE_UNKNOWN', `node ${node}`, [...state.nodes.keys()]);
  const histories = state.telemetry.get(node)?.histories ?? new Map();
  const now = monotonicMs();
  return { node, sensors: Object.fromEntries([...histories].map(([sensor, each]) => [sensor, pointsOf(each, now)])) };
}

function nodeName(name: string | undefined): NodeName {
  return checked(NodeName, name, 'node');
}
function appName(name: string | undefined): AppName {
  return checked(AppName, name, 'application');
}
function checked<T>(
  schema: {
    safeParse(value: unknown): { success: true; data: T } | { success: false; error: Parameters<typeof issueText>[0] };
  },
  name: string | undefined,
  what: string,
): T {
  let decoded: string;
  try {
    decoded = decodeURIComponent(name ?? '');
  } catch {
    decoded = name ?? '';
  }
  const result = schema.safeParse(decoded);
  if (!result.success)
    throw new HttpError(
      400,
      'REQUEST_INVALID',
      `${JSON.stringify(decoded.slice(0, 100))} is no ${what} name: ${issueText(result.error)}`,
    );
  return result.data;
}

function unknown(code: 'NODE_UNKNOWN' | 'APP_UNKNOWN', what: string, known: readonly string[]): HttpError {
  return new HttpError(404, code, `There is no ${what}. Known: ${known.join(', ') || 'none yet'}.`);
}
function found<T extends { node?: string; app?: string }>(
  all: readonly T[],
  match: (one: T) => boolean,
  code: 'NODE_UNKNOWN' | 'APP_UNKNOWN',
  what: string,
): T {
  const one = all.find(match);
  if (!one)
    throw unknown(
      code,
      what,
      all.map((each) => each.node ?? each.app ?? '?'),
    );
  return one;
}

function events(store: Store, request: Request): unknown {
  const limit = wholeNumber(request, 'limit', 100, 1, 10_000);
  return request.query.has('after')
    ? store.journal(wholeNumber(request, 'after', 0, 0, Number.MAX_SAFE_INTEGER), limit)
    : store.journalTail(limit);
}
function wholeNumber(request: Request, field: string, otherwise: number, from: number, to: number): number {
  const text = request.query.get(field);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to)
    throw new HttpError(
      400,
      'REQUEST_INVALID',
      `${field}: ${JSON.stringify(text.slice(0, 50))} is not allowed; it must be a whole number from ${from} to ${to}`,
    );
  return value;
}

const STATUS: Readonly<Record<string, number>> = {
  NODE_UNKNOWN: 404,
  APP_UNKNOWN: 404,
  CONFLICT: 409,
  REQUEST_INVALID: 400,
};

async function command(runtime: Runtime, wanted: Command): Promise<Accepted> {
  const reply: Reply = await runtime.command(wanted);
  if (!reply.ok) throw new HttpError(STATUS[reply.code] ?? 400, reply.code, reply.message);
  return { accepted: true, notes: reply.notes };
}

async function apply(runtime: Runtime, app: AppName, body: string): Promise<Accepted> {
  const parsed = parseSpecs(body, 'spec');
  if (!parsed.ok)
    throw new HttpError(
      400,
      'SPEC_INVALID',
      parsed.errors[0]?.message ?? 'not a spec',
      parsed.errors.map((error) => error.message),
    );
  const [spec] = parsed.specs;
  if (!spec || parsed.specs.length > 1)
    throw new HttpError(400, 'SPEC_INVALID', `one spec is taken at a time; this body holds ${parsed.specs.length}`);
  if (spec.name !== app)
    throw new HttpError(
      400,
      'SPEC_INVALID',
      `name: ${JSON.stringify(spec.name)} is not allowed; the address says ${app}`,
    );
  return await command(runtime, { kind: 'apply', spec });
}

async function reboot({ runtime, ownNodes }: ApiOptions, body: string): Promise<Accepted> {
  const request = RebootRequest.safeParse(jsonOf(body, '{"nodes":["N1"]} or {"all":true}'));
  if (!request.success) throw new HttpError(400, 'REQUEST_INVALID', issueText(request.error));
  const nodes = 'nodes' in request.data ? request.data.nodes : [];
  return await command(runtime, { kind: 'reboot', nodes, own: ownNodes(runtime.state) });
}

async function adopt(runtime: Runtime, body: string): Promise<Accepted> {
  const request = AdoptRequest.safeParse(jsonOf(body, '{"store":"0123456789abcdef"}'));
  if (!request.success) throw new HttpError(400, 'REQUEST_INVALID', issueText(request.error));
  return await command(runtime, { kind: 'adopt', store: request.data.store });
}

function jsonOf(body: string, expected: string): unknown {
  try {
    return body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    throw new HttpError(400, 'REQUEST_INVALID', `the body is not JSON; expected is ${expected}`);
  }
}

/** Questions to the solver beyond which a plan that somebody asks for must wait: what is asked in earnest comes first. */
const MOST_QUEUED = 3;

async function plan(options: ApiOptions, body: string): Promise<unknown> {
  const request = PlanRequest.safeParse(jsonOf(body, '{"fail":["N1"],"add":0,"drain":[]}'));
  if (!request.success) throw new HttpError(400, 'REQUEST_INVALID', issueText(request.error));
  const { state } = options.runtime;
  const built = buildWhatIf(state, request.data);
  if (!built.ok) throw new HttpError(STATUS[built.code] ?? 400, built.code, built.message);
  if (options.solver.queued() >= MOST_QUEUED)
    throw new HttpError(409, 'CONFLICT', 'the solver works on other plans that were asked for: ask again in a moment');
  const { whatIf } = built;
  const ask = async (problem: typeof whatIf.problem) =>
    await options.solver.solve(problem, { seed: 1, budget: { steps: state.settings.solverSteps } });
  let asked = whatIf.problem;
  let { solution, tookMs } = await ask(asked);
  // as in earnest: healthy instances move only when something would have to wait otherwise
  for (const freer of whatIf.freer) {
    if (!wantsMoreFreedom({ ...whatIf, problem: asked }, solution)) break;
    asked = freer;
    const answer = await ask(asked);
    solution = answer.solution;
    tookMs += answer.tookMs;
  }
  return preview({ ...whatIf, problem: asked }, solution, tookMs);
}
