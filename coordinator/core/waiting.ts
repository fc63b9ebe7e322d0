import type { InstanceId } from '../../protocol/ids.ts';
import type { AppView } from '../../protocol/view.ts';

export type Waiting = AppView['waiting'][number];

const NAMED = 3;

/** Instances that wait for the same reasons are told of together. */
export function waitingTogether(
  all: Iterable<{ readonly instance: InstanceId; readonly reasons: readonly string[] }>,
): Waiting[] {
  const groups = new Map<string, { instances: InstanceId[]; reasons: readonly string[] }>();
  for (const { instance, reasons } of all) {
    const key = JSON.stringify(reasons);
    const group = groups.get(key);
    if (group) group.instances.push(instance);
    else groups.set(key, { instances: [instance], reasons });
  }
  return [...groups.values()].map((group) => ({ who: named(group.instances), ...group }));
}

/** Some by name, the others by number. */
export function named(instances: readonly string[]): string {
  if (instances.length > NAMED + 1) {
    return `${instances.slice(0, NAMED).join(', ')} and ${instances.length - NAMED} more`;
  }
  return instances.length === 1 ? `${instances[0]}` : `${instances.slice(0, -1).join(', ')} and ${instances.at(-1)}`;
}

/** `huge/0 waits: …`, `huge/0 and huge/1 wait: …` */
export function waitingText({ who, instances, reasons }: Waiting): string {
  return `${who} ${instances.length === 1 ? 'waits' : 'wait'}: ${reasons.join('; ')}`;
}
