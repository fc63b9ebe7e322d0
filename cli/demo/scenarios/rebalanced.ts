import type { Stage } from '../stage.ts';

export async function untilMember(stage: Stage, node: string): Promise<void> {
  await stage.until(`${node} is alive`, () => stage.node(node)?.liveness === 'alive', 45_000);
  stage.timeline.seen(`${node} is a member of the cluster`);
}

/** A node has come (back): waits until it has its share of the work, as real processes, and all is at rest. Returns since when. */
export async function untilRebalanced(stage: Stage, node: string): Promise<number> {
  await untilMember(stage, node);
  const atMs = await stage.untilLasting(
    `${node} has work, and all is at rest`,
    () => stage.settled && stage.runningOn(node).length > 0 && stage.missingOutside() === '',
    60_000,
  );
  stage.timeline.seen(`${node} runs ${stage.runningOn(node).join(', ')}`);
  return atMs;
}
