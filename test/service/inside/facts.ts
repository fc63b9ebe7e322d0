import type { ClusterView } from '../../../protocol/view.ts';
import { mainPid, pidsOf, property, run, until } from './machine.ts';

/* What is told of the two services, and how it is found out. */

export const AGENT = 'evenkeel-agent.service';
export const COORDINATOR = 'evenkeel-coordinator.service';
export const AGENT_FILE = '/etc/evenkeel/agent.yaml';
export const APP = ['/usr/bin/sleep', '123456'] as const;

export const fact = (name: string, value: unknown) => console.log(JSON.stringify({ name, value }));
const began = performance.now();
export const chapter = (name: string) =>
  console.error(`# ${((performance.now() - began) / 1000).toFixed(1)} s: ${name}`);

export async function view(): Promise<ClusterView | null> {
  const answer = await fetch('http://127.0.0.1:7400/api/v1/status').catch(() => null);
  return answer?.ok ? ((await answer.json()) as ClusterView) : null;
}
export const node = async () => (await view())?.nodes.find(({ node: name }) => name === 'N1');
export const journal = async (): Promise<string> => ((await view())?.journal ?? []).map(({ text }) => text).join('\n');
export const isActive = (unit: string) => property(unit, 'ActiveState') === 'active';

/** After `what` was done: whether the same process of the application runs on, and is known to the agent. */
export async function goesOn(what: string, app: number, earlier: number): Promise<void> {
  const agent = await until(`an agent runs after ${what}`, () => {
    const pid = mainPid(AGENT);
    return pid !== 0 && pid !== earlier && isActive(AGENT) && pid;
  });
  await until(`web is known after ${what}`, async () => {
    const web = (await view())?.apps.find((each) => each.app === 'web');
    return web?.ready === 1 && (await node())?.liveness === 'alive';
  });
  fact(`after ${what}`, { newAgent: agent !== earlier, sameApplication: pidsOf(...APP).join() === String(app) });
}

/** Every file and folder with our name, wherever a package could leave one. */
export function everythingOfOurs(): string[] {
  const places = ['/etc', '/usr/lib', '/usr/bin', '/usr/share/doc', '/var/lib', '/run'];
  return run('find', ...places, '-xdev', '-iname', '*evenkeel*')
    .split('\n')
    .filter(Boolean);
}
