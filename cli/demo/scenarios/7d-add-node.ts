import { demoNode } from '../applications.ts';
import { type Scenario, seconds } from '../stage.ts';
import { untilRebalanced } from './rebalanced.ts';

/** More moves than this would not be worth what they gain with 18 instances on 9 nodes. */
const MOST_MOVES = 5;

export const addNode: Scenario = {
  name: '7d',
  title: 'Add node N10',
  after: ['7a', '7b'],
  async run(stage) {
    const { timeline, cluster } = stage;
    stage.markBefore();
    timeline.begin();
    const before = stage.before ? stage.highestLoad(stage.before) : 1;
    timeline.done('N10 is put into rack A and switched on');
    const server = await cluster.addNode(demoNode(10));
    stage.measured.levelledMs = await untilRebalanced(stage, 'N10');
    stage.markAfter();
    const moved = stage.moved();
    const after = stage.after ? stage.highestLoad(stage.after) : 1;
    stage.measured.moves = moved.length;
    stage.check(
      stage.node('N10')?.server?.serial === server.serial,
      `N10 enrolled by itself as server ${server.serial}`,
    );
    stage.check(
      moved.length > 0 && moved.length <= MOST_MOVES,
      `${moved.length} instances moved: ${moved.map(({ instance, from, to }) => `${instance} ${from}→${to}`).join(', ')}`,
    );
    const loads = new Map(stage.before?.nodes.map(({ node, load }) => [node, load]));
    stage.check(
      moved.every(({ from, to }) => (loads.get(to) ?? 0) < (loads.get(from) ?? 0)),
      'nothing moved for its own sake: each from a fuller node to an emptier one',
    );
    stage.check(after < before, `the highest load fell from ${percent(before)} to ${percent(after)}`);
    const ids = JSON.stringify([...stage.processIds()]);
    await stage.stays('then it was at rest: nothing else moved or restarted', 4000, () => {
      return JSON.stringify([...stage.processIds()]) === ids;
    });
    stage.checkNeverTwice();
    stage.check(true, `level again ${seconds(stage.measured.levelledMs)} after N10 was switched on`);
  },
};

const percent = (load: number) => `${Math.round(load * 100)} %`;
