import { monotonicMs } from '../../../protocol/clock.ts';
import { type Scenario, seconds } from '../stage.ts';
import { untilRebalanced } from './rebalanced.ts';

const NODE = 'N3';

export const replaceServer: Scenario = {
  name: '8d',
  title: 'Remove a server and add a new one: server replace N3',
  after: ['8a'],
  async run(stage) {
    const { timeline, cluster } = stage;
    const old = cluster.rack.server(NODE);
    const had = stage.runningOn(NODE);
    stage.markBefore();
    timeline.begin();
    const sinceMs = monotonicMs();
    timeline.done(`evenkeel server replace ${NODE} (${old.serial}, runs ${had.join(', ')})`);
    const { notes } = await stage.command('POST', `/nodes/${NODE}/replace`);
    for (const note of notes) stage.screen.note(note);
    await stage.until(`${NODE} is empty`, () => stage.runningOn(NODE).length === 0);
    timeline.seen(`${NODE} runs nothing any more`);
    await stage.until(`the BMC of ${NODE} says off`, async () => (await stage.bmc(NODE).power()) === 'off');
    await stage.until(`${NODE} waits for its new server`, () => stage.node(NODE)?.replacement === 'awaiting-server');
    timeline.seen('the old server is off: it can be pulled out');
    const killed = old.killed.filter(({ instance }) => instance !== null).length;
    stage.check(
      killed === 0 && old.processes().length === 0,
      `the old server was emptied first, then powered off through its BMC: ${killed} instances died with it`,
    );
    await stage.untilAllRuns();

    const fresh = cluster.rack.replace(NODE);
    await fresh.powerOn();
    timeline.done(`server ${fresh.serial} is put in its place and switched on`);
    await stage.until(
      `${NODE} is server ${fresh.serial}`,
      () => stage.node(NODE)?.server?.serial === fresh.serial,
      45_000,
    );
    stage.measured.replacedMs = await untilRebalanced(stage, NODE);
    stage.markAfter();
    const node = stage.node(NODE);
    stage.check(
      node?.server?.serial === fresh.serial && fresh.serial !== old.serial && node.replacement === null,
      `${NODE} kept its name and place, its server is ${fresh.serial} now`,
    );
    stage.check(
      fresh.processes().some(({ instance }) => instance !== null),
      'the new server has work, as real processes',
    );
    stage.check(stage.missingOutside() === '', 'every instance runs and acts in its role');
    const worst = Math.max(
      ...stage.applications.filter(({ replicas }) => replicas === 1).map(({ name }) => stage.gapMs(name, sinceMs)),
    );
    stage.measured.longestGapMs = worst;
    stage.check(worst < 5000, `no application had nobody active for longer than ${seconds(worst)}`);
    stage.checkNeverTwice();
  },
};
