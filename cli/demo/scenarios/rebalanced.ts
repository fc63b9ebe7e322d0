import type { Stage } from '../stage.ts';

/** A node has come (back): waits until it has its share of the work, as real processes, and all is at rest. */
export async function untilRebalanced(stage: Stage, node: string): Promise<void> {
  await stage.until(`${node} is alive`, () => stage.node(node)?.liveness === 'alive', 45_000);
  stage.timeline.seen(`${node} is a member of the cluster`);
  await stage.until(
    `${node} has work, and all is at rest`,
    () => stage.settled && stage.runningOn(node).length > 0 && stage.missingOutside() === '',
    60_000,
  );
  stage.timeline.seen(`${node} runs ${stage.runningOn(node).join(', ')}`);
}
