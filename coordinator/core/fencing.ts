import type { NodeName } from '../../protocol/ids.ts';
import type { PowerAnswer } from './events.ts';
import { fenceBegins, heldText, mayBeFencedAt } from './fence-allowance.ts';
import { hasBmc, type Node, type PowerCheck, type State } from './state.ts';
import { loseNode } from './takeover.ts';
import type { Turn } from './turn.ts';

/*
 * Making sure, through its BMC, that a node runs nothing. `off` twice in a row is proof; after a power-off of ours the two
 * answers lie a settle time apart, since some BMCs say `off` as soon as they accept the command.
 */

/** A BMC that does not obey is told of as soon as that is sure, and then this often. */
const TOLD_AGAIN_MS = 30_000;

/** While a fence is held back, its BMC is asked so often. */
const HELD_ASK_MS = 5000;

/** `off` answers in a row that prove the power to be off. */
const PROOF = 2;

/** A BMC that has accepted a power-off may take so many settle times to carry it out; then it is ordered again. */
const SETTLE_TIMES = 3;
const roundMs = (state: State) => SETTLE_TIMES * state.settings.settleMs;

/** Power-off was ordered, and may be carried out at any moment: the node cannot come back from it any more. */
export function isTooLate(state: State, power: PowerCheck | null): boolean {
  if (power?.fence !== true) return false;
  return power.offs > 0 || power.nextAt === Number.POSITIVE_INFINITY || state.at - power.since < roundMs(state);
}

/** Asks the BMC because of a hint. Any answer but `off` changes nothing. */
export function startHintQuery(turn: Turn, node: NodeName, why: string): void {
  if (!hasBmc(turn.state.settings, node)) return;
  ask(turn, node, { fence: false, offs: 0, since: turn.state.at, orderedAt: turn.state.at });
  turn.watch(node, { hinted: true });
  turn.journal({ kind: 'fence', node, text: `${node} ${why}: its BMC is asked whether it has power.` });
}

/** Orders power-off, one fence at a time. Called each tick while the node is dead; does nothing while one is under way. */
export function startFence(turn: Turn, node: NodeName): void {
  const { state } = turn;
  const known = state.nodes.get(node);
  if (!known || !hasBmc(state.settings, node) || known.watch.power !== null) return;
  // a BMC that has not obeyed in time must not keep others from being fenced
  const busy = [...state.nodes.values()].some((other) => isTooLate(state, other.watch.power));
  if (busy) return;
  const isOrdered = known.record.replacement === 'powering-off' || isRebooted(state, node);
  if (!isOrdered) {
    if (mayBeFencedAt(state, node) > state.at) return holdBack(turn, known);
    fenceBegins(turn, node);
  }
  state.queries++;
  turn.watch(node, {
    liveness: 'fencing',
    held: null,
    power: {
      query: state.queries,
      waiting: true,
      offs: 0,
      fence: true,
      told: 0,
      nextAt: Number.POSITIVE_INFINITY,
      since: state.at,
      orderedAt: state.at,
    },
  });
  turn.effects.push({ kind: 'powerOff', node, query: state.queries });
  turn.journal({
    kind: 'fence',
    severity: 'warning',
    node,
    text: isOrdered ? `${node} is powered off through its BMC.` : `${node} is fenced: its BMC is told to power it off.`,
  });
}

/** One too many in its time: people are told what to do, and the BMC is asked whether it is off meanwhile, which needs no fence. */
function holdBack(turn: Turn, { record: { node }, watch: { held } }: Node): void {
  const { state } = turn;
  if (held && state.at - held.askedAt < HELD_ASK_MS) return;
  turn.watch(node, { held: { since: held?.since ?? state.at, askedAt: state.at } });
  ask(turn, node, { fence: false, offs: 0, since: state.at, orderedAt: state.at });
  if (held) return;
  turn.journal({ kind: 'fence', severity: 'error', node, text: `${heldText(state, node)}.` });
}

function isRebooted({ reboot }: State, node: NodeName): boolean {
  return reboot?.record.phase === 'powering-off' && reboot.record.nodes[reboot.record.done] === node;
}

export function powerOffAnswered(turn: Turn, node: NodeName, query: number, accepted: boolean, detail: string): void {
  const power = turn.state.nodes.get(node)?.watch.power;
  if (!power || power.query !== query) return;
  // an error may only mean that it is off already: its power state tells
  if (!accepted)
    turn.journal({
      kind: 'fence',
      severity: 'warning',
      node,
      text: `The BMC of ${node} did not accept power-off (${detail}): its power state is asked.`,
    });
  ask(turn, node, power);
}

export function powerAnswered(turn: Turn, node: NodeName, query: number, power: PowerAnswer, detail: string): void {
  const { state } = turn;
  const check = state.nodes.get(node)?.watch.power;
  if (!check || check.query !== query) return; // heard again meanwhile, or an older question
  if (power !== 'off') return notOff(turn, node, check, power, detail);
  const offs = check.offs + 1;
  if (offs >= PROOF) return loseNode(turn, node, check.fence ? 'its BMC has powered it off' : 'its BMC says it is off');
  const nextAt = check.fence ? state.at + state.settings.settleMs : state.at;
  turn.watch(node, { power: { ...check, waiting: false, offs, nextAt } });
  if (!check.fence) ask(turn, node, { ...check, offs });
}

function notOff(turn: Turn, node: NodeName, check: PowerCheck, power: PowerAnswer, detail: string): void {
  const { state } = turn;
  const said = power === 'on' ? 'says it is on' : `does not say (${detail})`;
  if (!check.fence) {
    turn.watch(node, { power: null });
    if (state.nodes.get(node)?.watch.held) return; // it was told what is waited for
    turn.journal({ kind: 'fence', node, text: `The BMC of ${node} ${said}: the ordinary course is waited for.` });
    return;
  }
  const late = state.at - check.since - roundMs(state);
  const told = late < 0 ? 0 : 1 + Math.floor(late / TOLD_AGAIN_MS);
  turn.watch(node, {
    power: { ...check, waiting: false, offs: 0, nextAt: state.at + state.settings.bmcRetryMs, told },
  });
  if (told > check.told)
    turn.journal({
      kind: 'fence',
      severity: 'error',
      node,
      text: `The BMC of ${node} ${said} after power-off: nothing of it is started elsewhere. It is tried again; 'evenkeel node confirm-dead ${node}' ends it by hand.`,
    });
}

/** Asks again where the time for it has come. */
export function pursueFences(turn: Turn): void {
  const { state } = turn;
  for (const { record, watch } of [...state.nodes.values()]) {
    const power = watch.power;
    if (!power || power.waiting || state.at < power.nextAt) continue;
    const isLate = power.fence && power.offs === 0 && state.at - power.orderedAt >= roundMs(state);
    if (isLate && !state.disarmed) {
      state.queries++;
      turn.watch(record.node, { power: { ...power, query: state.queries, waiting: true, orderedAt: state.at } });
      turn.effects.push({ kind: 'powerOff', node: record.node, query: state.queries });
    } else ask(turn, record.node, power);
  }
}

function ask(
  turn: Turn,
  node: NodeName,
  check: Pick<PowerCheck, 'fence' | 'offs' | 'since' | 'orderedAt'> & Partial<PowerCheck>,
): void {
  const { state } = turn;
  state.queries++;
  turn.watch(node, {
    power: { nextAt: Number.POSITIVE_INFINITY, told: 0, ...check, query: state.queries, waiting: true },
  });
  turn.effects.push({ kind: 'queryPower', node, query: state.queries });
}
