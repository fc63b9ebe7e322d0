import type { ClusterView } from '../protocol/view.ts';
import { conditionOf, type Tone } from './condition.ts';
import { byName } from './domains.ts';
import type { IconName } from './icon.tsx';
import { isGone } from './live.ts';

export interface Trouble {
  readonly id: string;
  readonly icon: IconName;
  readonly tone: Tone;
  readonly subject: string;
  readonly state: string;
  readonly reasons: readonly string[];
}

/** Everything that is not as it should be, the worst first: lost nodes, instances that wait or fail to start, ailing hardware, missed objectives. */
export function troublesOf(view: ClusterView): readonly Trouble[] {
  const nodes = view.nodes.toSorted((a, b) => byName(a.node, b.node));
  const waiting = view.apps.toSorted((a, b) => b.spec.priority - a.spec.priority);
  return [
    ...nodes
      .filter((node) => isGone(node.liveness))
      .map((node) => nodeTrouble(node, [node.fenceHeld?.text ?? takeoverOf(node.takeover)])),
    ...waiting.flatMap((app) => app.waiting.map(waitingTrouble)),
    ...waiting.flatMap((app) => (app.failing ?? []).map(failingTrouble)),
    ...nodes.flatMap(quarantineTrouble),
    ...nodes.filter((node) => !isGone(node.liveness) && node.health !== 'ok').map((node) => nodeTrouble(node, [])),
    ...view.apps
      .filter((app) => app.objective?.missed)
      .map((app) => ({
        id: `objective ${app.app}`,
        icon: 'alert' as const,
        tone: 'warning' as const,
        subject: app.app,
        state: 'misses its objective',
        reasons: app.objective?.worst ? [`worst on ${app.objective.worst}`] : [],
      })),
  ];
}

function nodeTrouble(node: ClusterView['nodes'][number], more: readonly string[]): Trouble {
  const { icon, tone, word } = conditionOf(node);
  const reasons = [...node.healthReasons, ...(node.liveness === 'lost' ? [] : more)];
  return { id: `node ${node.node}`, icon, tone, subject: node.node, state: word, reasons };
}

function quarantineTrouble({ node, quarantine }: ClusterView['nodes'][number]): Trouble[] {
  if (!quarantine) return [];
  const reasons = [quarantine.text];
  return [
    { id: `quarantine ${node}`, icon: 'clock', tone: 'warning', subject: node, state: 'is quarantined', reasons },
  ];
}

function waitingTrouble(waiting: ClusterView['apps'][number]['waiting'][number]): Trouble {
  const { who, instances, reasons } = waiting;
  const state = instances.length === 1 ? 'waits' : 'wait';
  return { id: `waiting ${who}`, icon: 'clock', tone: 'warning', subject: who, state, reasons };
}

function failingTrouble({ instance, text }: NonNullable<ClusterView['apps'][number]['failing']>[number]): Trouble {
  const id = `failing ${instance}`;
  return { id, icon: 'alert', tone: 'warning', subject: instance, state: 'fails to start', reasons: [text] };
}

function takeoverOf(takeover: 'bmc' | 'lease' | 'manual'): string {
  switch (takeover) {
    case 'bmc':
      return 'its work moves once its BMC confirms power off';
    case 'lease':
      return 'its work moves once its lease has run out';
    case 'manual':
      return 'its work moves only when a person confirms that it is dead';
  }
}
