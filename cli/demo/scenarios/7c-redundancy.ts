import { monotonicMs } from '../../../protocol/clock.ts';
import { type Scenario, seconds } from '../stage.ts';
import { checkSpread } from './7a-initial-state.ts';
import { promoted } from './7b-node-fails.ts';
import { untilRebalanced } from './rebalanced.ts';

export const redundancyRestored: Scenario = {
  name: '7c',
  title: 'Redundancy restored: the next failure is survived too',
  after: ['7a', '7b'],
  async run(stage) {
    const { timeline, cluster } = stage;
    stage.markBefore();
    timeline.begin();
    timeline.done('N1 is lost, and nobody does anything');
    await stage.until(
      'the cluster says that it survives the next failure',
      () => stage.view.survives?.anyNode === true,
    );
    timeline.seen(`the cluster says: ${stage.view.survives?.text}`);
    const pairs = stage.applications.filter(({ standby }) => standby > 0).map(({ name }) => name);
    stage.check(stage.missingOutside() === '', `${pairs.join(', ')} have their standby again, as a real process`);
    checkSpread(stage, pairs);

    const second = stage.actsOn('orders')?.node ?? '';
    const sinceMs = monotonicMs();
    await cluster.rack.server(second).powerLoss();
    timeline.done(`the proof: ${second}, where orders acts now, loses its power too`);
    await promoted(stage, 'orders', second, sinceMs);
    await stage.untilAllRuns();
    timeline.seen(
      `everything runs on the ${stage.view.nodes.filter(({ liveness }) => liveness === 'alive').length} nodes left`,
    );
    const gap = stage.measured.ordersGapMs ?? Number.POSITIVE_INFINITY;
    stage.check(gap < 8000, `the second failure was survived: orders had nobody active for ${seconds(gap)}`);

    timeline.done(`${second} gets its power back`);
    await cluster.rack.server(second).powerOn();
    await untilRebalanced(stage, second); // which is not until it has been steady for a while
    stage.markAfter();
    stage.check(stage.missingOutside() === '', `${second} is back, and everything runs`);
    stage.checkNeverTwice();
  },
};
