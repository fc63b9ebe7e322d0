import type { NodeName } from '../../protocol/ids.ts';
import { assignTouched } from './assignments.ts';
import { commanded } from './commands.ts';
import type { Durable } from './durable.ts';
import type { Effect } from './effects.ts';
import type { Event } from './events.ts';
import { advance } from './executor.ts';
import { watchStarts } from './failed-starts.ts';
import { takeOverFences } from './fence-allowance.ts';
import { powerAnswered, powerOffAnswered, pursueFences, startFence } from './fencing.ts';
import { takeOverFlaps, watchFlapping } from './flapping.ts';
import { recallHealths, saveHealths } from './health-memory.ts';
import { heartbeaten } from './heartbeats.ts';
import { watchLiveness } from './liveness.ts';
import { greeted, hinted, nodesPoweringOff, pursueReplacements, unheard } from './membership.ts';
import { forgetOther, otherHeard, othersText } from './other-coordinators.ts';
import { planNext, solved } from './planner.ts';
import { powerOnAnswered, pursueReboot, rebootPowersOff } from './reboot.ts';
import { noted, reported } from './reports.ts';
import { balanceRoles } from './roles.ts';
import { named, sampled, tallied, unheardTelemetry } from './samples.ts';
import type { Settings } from './settings.ts';
import { bindingKey, type State } from './state.ts';
import { surveyed } from './surveying.ts';
import { Turn } from './turn.ts';

/*
 * The coordinator, whole: what is decided is a function of what was known and what happened. No clock, no network, no
 * chance. Each event first changes what is known; then everything that follows from it is worked out in a fixed order.
 */

export type Step = readonly [State, readonly Effect[]];

/** Which run of a coordinator it is. */
export interface Run {
  readonly run?: string; // names this process among coordinators
  readonly boot?: string; // by whose clock `at` is: times of another one mean nothing
}

/** A coordinator that takes over what the store holds, under a new term. `wallMs` is Unix time. */
export function initialState(
  settings: Settings,
  durable: Durable,
  at: number,
  wallMs: number,
  { run = '', boot = '' }: Run = {},
): Step {
  const healths = recallHealths(settings.health, durable, at, wallMs);
  const bare: State = {
    settings,
    startedAt: at,
    at,
    tickedAt: at,
    graceFrom: at + settings.startGraceMs,
    deaf: null,
    massSilence: false,
    self: { stores: durable.identity?.stores ?? [], run },
    other: null,
    deposed: null,
    foreign: new Map(),
    outrunAt: null,
    boot,
    fences: [],
    flaps: new Map(durable.flaps?.map((flap) => [flap.node, flap])),
    term: (durable.meta?.term ?? 0) + 1,
    revision: durable.meta?.revision ?? 0,
    apps: new Map(durable.apps.map((app) => [app.spec.name, app])),
    nodes: new Map(
      durable.nodes.map((record) => [
        record.node,
        // a lease may have been granted until the very end of the last coordinator
        { record, watch: { ...unheard(at), liveness: record.lost ? 'lost' : 'unknown', health: healths.of(record) } },
      ]),
    ),
    slots: new Map(durable.slots.map((slot) => [slot.instance, slot.generation])),
    bindings: new Map(
      durable.bindings.map((record) => [
        bindingKey(record.instance, record.generation),
        { record, since: at, readyAt: null, warned: false },
      ]),
    ),
    targets: new Map(
      durable.bindings
        .filter((record) => record.wanted)
        .map((record) => [record.instance, { node: record.node, forced: false }]),
    ),
    waiting: new Map(),
    performance: new Map(),
    peaksLeft: new Map(),
    trial: null,
    unhelpful: new Map(),
    coolUntil: new Map(),
    stuckUntil: new Map(),
    failedStarts: new Map(),
    epoch: 1,
    epochAt: at,
    epochReason: 'the coordinator has started',
    solvedEpoch: 0,
    loosened: new Set(),
    rebalance: null,
    rebalancedAt: Number.NEGATIVE_INFINITY,
    failbackEpoch: 0,
    solve: null,
    solves: 0,
    wasOvertaken: false,
    plan: null,
    plans: 0,
    reboot: durable.reboot
      ? { record: durable.reboot, since: at, query: 0, nextAt: at, refusals: 0, accepted: false }
      : null,
    disarmed: durable.disarmed ?? null,
    queries: 0,
    telemetry: new Map(durable.tallies?.map((tally) => [tally.node, unheardTelemetry(tally)])),
    survey: { asked: 0, epoch: 0, result: null, waiting: false },
  };
  const turn = new Turn(bare);
  turn.effects.push({
    kind: 'persist',
    change: { table: 'meta', key: 'meta', value: { term: bare.term, revision: bare.revision } },
  });
  if (durable.fences) takeOverFences(turn, durable.fences);
  takeOverFlaps(turn);
  turn.journal({
    kind: 'coordinator',
    severity: 'notice',
    text: `The coordinator has started, term ${bare.term}: ${bare.nodes.size} ${bare.nodes.size === 1 ? 'node' : 'nodes'} and ${bare.apps.size} ${bare.apps.size === 1 ? 'application' : 'applications'} known.`,
  });
  if (healths.trouble !== null) turn.journal({ kind: 'coordinator', text: healths.trouble });
  return [turn.state, turn.effects];
}

export function step(before: State, event: Event): Step {
  const turn = new Turn(before);
  turn.state.at = Math.max(before.at, event.at);
  if (before.deposed !== null) return idle(turn, event);
  const changes = happen(turn, event);
  if (changes || turn.state.epoch !== before.epoch) follow(turn);
  assignTouched(turn);
  return [turn.state, turn.effects];
}

/** Of a coordinator that has given way: it answers people, and does nothing. */
function idle(turn: Turn, event: Event): Step {
  if (event.kind === 'commanded') {
    const message = othersText(turn.state) ?? '';
    turn.effects.push({ kind: 'reply', request: event.request, reply: { ok: false, code: 'CONFLICT', message } });
  }
  return [turn.state, turn.effects];
}

/** What the event itself changes. Returns whether anything may follow from it beyond its own effects. */
function happen(turn: Turn, event: Event): boolean {
  const node = speakerOf(event);
  if (node !== null && turn.state.foreign.has(node)) return false; // of a node that obeys another store
  switch (event.kind) {
    case 'ticked':
      ticked(turn);
      return true;
    case 'greeted':
      greeted(turn, event.hello);
      return true;
    case 'heartbeaten':
      heartbeaten(turn, event.heartbeat);
      return false;
    case 'reported':
      reported(turn, event.report);
      return true;
    case 'named':
      named(turn, event.node, event.names);
      return false;
    case 'sampled':
      sampled(turn, event.node, event.samples);
      return false;
    case 'tallied':
      tallied(turn);
      saveHealths(turn, event.wallMs);
      return false;
    case 'noted':
      noted(turn, event.event);
      return false;
    case 'hinted':
      hinted(turn, event.gone);
      return false;
    case 'solved':
      solved(turn, event.solve, event.solution, event.error);
      return true;
    case 'surveyed':
      surveyed(turn, event.survey, event.result);
      return false;
    case 'powerAnswered':
      powerAnswered(turn, event.node, event.query, event.power, event.detail);
      return true;
    case 'powerOffAnswered':
      powerOffAnswered(turn, event.node, event.query, event.accepted, event.detail);
      return false;
    case 'powerOnAnswered':
      powerOnAnswered(turn, event.node, event.query, event.accepted, event.detail);
      return false;
    case 'commanded':
      commanded(turn, event.request, event.command);
      return true;
    case 'otherHeard':
      otherHeard(turn, event.said);
      return false;
    case 'listened':
      listened(turn, event.deaf, event.detail);
      return false;
  }
}

/** The node whose agent says it, where it does not say itself whom it obeys. */
function speakerOf(event: Event): NodeName | null {
  switch (event.kind) {
    case 'reported':
      return event.report.node;
    case 'noted':
      return event.event.node;
    case 'hinted':
      return event.gone.node;
    case 'named':
    case 'sampled':
      return event.node;
    default:
      return null;
  }
}

/** What follows: failed starts → promotions → steps → plans → replacements → reboots. */
function follow(turn: Turn): void {
  if (turn.state.disarmed) return;
  watchStarts(turn);
  balanceRoles(turn);
  advance(turn);
  planNext(turn);
  pursueReplacements(turn);
  pursueReboot(turn);
}

/** A pause of the coordinator itself, as long as this many ticks would take, is no silence of the nodes. */
const PAUSE_MS = 1500;

function ticked(turn: Turn): void {
  const { state } = turn;
  const pause = state.at - state.tickedAt;
  state.tickedAt = state.at;
  if (pause > PAUSE_MS) {
    state.graceFrom = Math.max(state.graceFrom, state.at);
    turn.journal({
      kind: 'coordinator',
      severity: 'warning',
      text: `The coordinator itself stood still for ${(pause / 1000).toFixed(1)} s: silence of the nodes is counted anew.`,
    });
  }
  forgetOther(turn);
  watchLiveness(turn);
  watchFlapping(turn);
  if (!state.disarmed)
    for (const node of [...nodesPoweringOff(state), ...rebootPowersOff(state)]) startFence(turn, node);
  pursueFences(turn);
}

function listened(turn: Turn, deaf: boolean, detail: string): void {
  const { state } = turn;
  if (deaf === (state.deaf !== null)) return;
  state.deaf = deaf ? detail : null;
  if (!deaf) state.graceFrom = Math.max(state.graceFrom, state.at);
  turn.journal({
    kind: 'coordinator',
    severity: deaf ? 'error' : 'notice',
    text: deaf
      ? `The coordinator does not hear itself through the broker (${detail}): silence of the nodes is not counted.`
      : 'The coordinator hears itself through the broker again: silence of the nodes is counted anew.',
  });
}
