import { firstInstalledOnN1 } from '../applications.ts';
import { type Scenario, type Stage, seconds } from '../stage.ts';

export const initialState: Scenario = {
  name: '7a',
  title: 'Initial state of a cluster: nine nodes, three racks, seven applications',
  after: [],
  run: setUp,
};

/** Applies the demo's applications to the empty nodes N1 to N9, and sees them all run. */
export async function setUp(stage: Stage): Promise<void> {
  const { timeline, applications } = stage;
  timeline.begin();
  timeline.done('orders is installed first, on N1 alone');
  await stage.command('PUT', '/apps/orders', firstInstalledOnN1(stage.folders));
  await stage.until('orders acts on N1', () => stage.actsOn('orders')?.node === 'N1');

  const wanted = applications.reduce((sum, { replicas, standby }) => sum + replicas + standby, 0);
  timeline.done(`${applications.length} applications are applied: ${wanted} instances are wanted`);
  const fromMs = timeline.elapsedMs;
  for (const { name, yaml } of applications) await stage.command('PUT', `/apps/${name}`, yaml);
  stage.measured.allReadyMs = (await stage.untilAllRuns(60_000)) - fromMs;
  timeline.seen(`all ${wanted} instances run as processes and act in their roles`);

  stage.markAfter();
  stage.check(stage.missingOutside() === '', `${wanted} instances, each one real process on one server`);
  checkSpread(stage);
  const load = stage.after ? stage.highestLoad(stage.after) : 1;
  stage.measured.highestLoad = load;
  stage.check(load <= 0.75, `load is level: no node has more than ${Math.round(load * 100)} % of its CPU demanded`);
  stage.checkNeverTwice();
  stage.check(true, `everything was ready ${seconds(stage.measured.allReadyMs)} after it was applied`);
}

/** Replicas and standbys of one application share no failure domain, since there are enough. */
export function checkSpread(stage: Stage, apps = stage.applications.map(({ name }) => name)): void {
  const domainOf = new Map(stage.view.nodes.map(({ node, domain }) => [node as string, domain]));
  const sharing = apps.filter((app) => {
    const domains = stage
      .running()
      .filter(({ instance }) => instance.startsWith(`${app}/`))
      .map(({ node }) => domainOf.get(node));
    return new Set(domains).size !== domains.length;
  });
  stage.check(
    sharing.length === 0,
    sharing.length === 0
      ? 'replicas of one application are in different failure domains'
      : `replicas share a failure domain: ${sharing.join(', ')}`,
  );
}
