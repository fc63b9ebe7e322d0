/* The product, deliberately broken: one place in its source each. The oracles must catch every one of them. */

import type { FaultKind } from './schedule.ts';

export interface Mutant {
  readonly name: string;
  readonly file: string; // from the root of the repository
  /** Stands exactly once in the file. */
  readonly from: string;
  readonly to: string;
  readonly focus?: readonly FaultKind[]; // where it takes certain faults, and few of all schedules have them together
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'an agent obeys a coordinator that leads no longer',
    focus: ['coordinator-crash', 'lag', 'renew', 'scale'],
    file: 'agent/step.ts',
    from: 'if (assignment.term < state.term) return;',
    to: '',
  },
  {
    name: 'an agent obeys an assignment that was overtaken',
    file: 'agent/step.ts',
    from: 'if (assignment.term === state.term && assignment.revision < state.revision) return;',
    to: '',
  },
  {
    name: 'an agent obeys what was meant for an earlier boot',
    file: 'agent/step.ts',
    from: 'if (assignment.node !== state.node || assignment.bootId !== state.bootId) return;',
    to: 'if (assignment.node !== state.node) return;',
  },
  {
    name: 'an agent keeps no term on its disk',
    file: 'agent/step.ts',
    from: "turn.effects.unshift({ kind: 'persistTerm', term });",
    to: '',
  },
  {
    name: 'an agent does not end what has no lease any more',
    file: 'agent/reconcile.ts',
    from: 'if (leaseUntilMs === null || atMs < leaseUntilMs) return;',
    to: 'return;',
  },
  {
    name: 'an agent starts without a lease',
    file: 'agent/reconcile.ts',
    from: 'return isCovered(turn.state, atMs) &&',
    to: 'return turn.state.guarded &&',
  },
  {
    name: 'an agent starts although a newer assignment is on its way',
    focus: ['cut', 'freeze', 'lag', 'loss'],
    file: 'agent/reconcile.ts',
    from: ' && turn.state.leaseRevision <= turn.state.revision;',
    to: ';',
  },
  {
    name: 'an agent reports as stopped what only has been told to stop',
    file: 'agent/instance-report.ts',
    from: 'return [...state.slots.values()].map(reportOf);',
    to: "return [...state.slots.values()].filter((slot) => slot.phase !== 'stopping').map(reportOf);",
  },
  {
    name: 'an agent does not answer who it is',
    file: 'agent/step.ts',
    from: 'turn.effects.push({ kind: request.kind });',
    to: '',
  },
  {
    name: 'work is taken over before its lease has ended',
    file: 'coordinator/core/takeover.ts',
    from: 'const bound = leaseMs + known.record.stopBoundMs + leaseMarginMs;',
    to: 'const bound = 0 * (leaseMs + leaseMarginMs);',
  },
  {
    name: 'work that outlives its lease is taken over by time',
    file: 'coordinator/core/takeover.ts',
    from: "filter((binding) => binding.record.isolation === 'stop')",
    to: 'filter(() => true)',
  },
  {
    name: 'a node whose work was taken over by time may go on with it',
    focus: ['cut', 'freeze', 'agent-pause', 'bmc-silent'],
    file: 'coordinator/core/takeover.ts',
    from: 'turn.touch(node); // should it come back, it must not start them again',
    to: '',
  },
  {
    name: 'one `off` is proof',
    focus: ['bmc-lying', 'cut', 'agent-pause'],
    file: 'coordinator/core/fencing.ts',
    from: 'const PROOF = 2;',
    to: 'const PROOF = 1;',
  },
  {
    name: 'two answers `off` in a row need no time between them',
    focus: ['bmc-lying', 'cut', 'agent-pause'],
    file: 'coordinator/core/fencing.ts',
    from: 'check.fence ? state.at + state.settings.settleMs : state.at',
    to: 'state.at',
  },
  {
    name: 'a fence is over when the BMC has accepted it',
    file: 'coordinator/core/fencing.ts',
    from: '// an error may only mean that it is off already: its power state tells',
    to: "if (accepted) return loseNode(turn, node, 'accepted');",
  },
  {
    name: 'fences do not wait for each other',
    focus: ['cut', 'agent-pause', 'freeze', 'bmc-slow'],
    file: 'coordinator/core/fencing.ts',
    from: 'if (busy) return;',
    to: '',
  },
  {
    name: 'fences are not counted',
    focus: ['cut', 'agent-pause', 'freeze', 'power-off'],
    file: 'coordinator/core/fencing.ts',
    from: 'if (mayBeFencedAt(state, node) > state.at) return holdBack(turn, known);',
    to: '',
  },
  {
    name: 'a quarantined node is given new work',
    focus: ['link-flap', 'power-off', 'scale'],
    file: 'coordinator/core/problem.ts',
    from: "if (isQuarantined(state, record.node)) return 'quarantined';",
    to: '',
  },
  {
    name: 'a short silence is no failure',
    focus: ['link-flap', 'cut'],
    file: 'coordinator/core/flapping.ts',
    from: "else if (liveness === 'suspect' && !excused) count(turn, node, false);",
    to: '',
  },
  {
    name: 'many that fall silent together are fenced',
    file: 'coordinator/core/liveness.ts',
    from: "if (verdict !== 'dead' || state.massSilence) return;",
    to: "if (verdict !== 'dead') return;",
  },
  {
    name: 'a deaf coordinator counts silence',
    file: 'coordinator/core/liveness.ts',
    from: 'if (state.deaf !== null) return;',
    to: '',
  },
  {
    name: 'a coordinator that stood still counts that as silence',
    focus: ['coordinator-pause', 'cut'],
    file: 'coordinator/core/step.ts',
    from: 'const PAUSE_MS = 1500;',
    to: 'const PAUSE_MS = 1e9;',
  },
  {
    name: 'a new coordinator gives its nodes no time to speak',
    file: 'coordinator/core/step.ts',
    from: 'graceFrom: at + settings.startGraceMs,',
    to: 'graceFrom: Number.NEGATIVE_INFINITY,',
  },
  {
    name: 'any report proves a stop',
    focus: ['renew', 'drain', 'scale', 'lag'],
    file: 'coordinator/core/reports.ts',
    from: 'report.revision >= record.revokedAt &&',
    to: '',
  },
  {
    name: 'what was told to stop counts as stopped',
    focus: ['renew', 'drain', 'scale', 'cut', 'lag'],
    file: 'coordinator/core/bindings.ts',
    from: "return role === 'active' || demotedAt !== null || actualOf(state, binding)?.role === 'active';",
    to: "return binding.record.wanted && role === 'active' && demotedAt === null;",
  },
  {
    name: 'generations are given twice',
    file: 'coordinator/core/turn.ts',
    from: 'const generation = (this.state.slots.get(instance) ?? 0) + 1;',
    to: 'const generation = Math.max(1, this.state.slots.get(instance) ?? 0);',
  },
  {
    name: 'what leaves a node holds no room there',
    focus: ['drain', 'renew', 'cut', 'cut-down'],
    file: 'coordinator/core/bindings.ts',
    from: 'if (record.node !== node) continue;',
    to: 'if (record.node !== node || !record.wanted) continue;',
  },
  {
    name: 'the revision is sent and not stored',
    file: 'coordinator/core/assignments.ts',
    from: "  turn.effects.push({\n    kind: 'persist',\n    change: { table: 'meta', key: 'meta', value: { term: state.term, revision: state.revision } },\n  });",
    to: '',
  },
  {
    name: 'a lost assignment is not sent again',
    file: 'coordinator/core/heartbeats.ts',
    from: 'if (behind && state.at - watch.assignedAt >= RESEND_MS) sendAssignment(turn, node);',
    to: '',
  },
  {
    name: 'a solver that failed is not asked again',
    file: 'coordinator/core/planner.ts',
    from: 'state.epochAt = state.at + RETRY_MS;',
    to: 'state.solvedEpoch = state.epoch + 0 * RETRY_MS;',
  },
  {
    name: 'what is disarmed decides all the same',
    focus: ['disarm', 'power-off', 'drain'],
    file: 'coordinator/core/step.ts',
    from: 'if (turn.state.disarmed) return;',
    to: '',
  },
  {
    name: 'what is disarmed fences all the same',
    focus: ['disarm', 'cut', 'freeze'],
    file: 'coordinator/core/liveness.ts',
    from: 'if (state.disarmed) return;',
    to: '',
  },
];
