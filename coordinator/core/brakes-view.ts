import type { NodeName } from '../../protocol/ids.ts';
import type { NodeView } from '../../protocol/view.ts';
import { heldText, mayBeFencedAt } from './fence-allowance.ts';
import { quarantineText } from './flapping.ts';
import type { State } from './state.ts';

/* What holds something back for a node, as people see it: absent where nothing does. */

export function fenceHeldView(state: State, node: NodeName): Pick<NodeView, 'fenceHeld'> {
  const held = state.nodes.get(node)?.watch.held;
  if (!held) return {};
  const leftMs = Math.max(0, mayBeFencedAt(state, node) - state.at);
  return { fenceHeld: { forMs: state.at - held.since, leftMs, text: heldText(state, node) } };
}

export function quarantineView(state: State, node: NodeName): Pick<NodeView, 'quarantine'> {
  const flap = state.flaps.get(node);
  if (!flap?.quarantine) return {};
  const { since, untilAt } = flap.quarantine;
  return {
    quarantine: {
      failures: flap.failures.length,
      forMs: state.at - since,
      leftMs: untilAt === null ? null : Math.max(0, untilAt - state.at),
      text: quarantineText(state, node),
    },
  };
}
