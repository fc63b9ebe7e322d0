import { monotonicMs } from '../../../protocol/clock.ts';
import { type Scenario, seconds } from '../stage.ts';
import { untilRebalanced } from './rebalanced.ts';

export const failingServer: Scenario = {
  name: '8c',
  title: 'A failing server is emptied before it dies',
  after: ['8a'],
  async run(stage) {
    const { timeline, cluster } = stage;
    const node = stage.actsOn('gateway')?.node ?? 'N5';
    const server = cluster.rack.server(node);
    const had = stage.runningOn(node);
    stage.markBefore();
    timeline.begin();
    const sinceMs = monotonicMs();
    server.failFan('FAN2');
    timeline.done(`FAN2 of ${node}, which runs ${had.join(', ')}, begins to fail`);
    await stage.until(`${node} is found failing`, () => stage.node(node)?.health === 'failing');
    await stage.until(`${node} is empty`, () => stage.runningOn(node).length === 0 && stage.settled);
    stage.measured.emptiedMs = await stage.untilAllRuns();
    timeline.seen(`${node} runs nothing any more, ${seconds(stage.measured.emptiedMs)} after the fan began to fail`);
    stage.check(
      server.power() === 'on' && stage.node(node)?.liveness === 'alive',
      `${node} was emptied while it still ran: nothing of ${had.join(', ')} was lost`,
    );
    const gap = stage.gapMs('gateway', sinceMs);
    stage.measured.gatewayGapMs = gap;
    stage.check(gap < 5000, `gateway, of which only one may act, had nobody active for ${seconds(gap)} while it moved`);
    stage.markAfter();

    const ids = JSON.stringify([...stage.processIds()]);
    await server.powerLoss();
    timeline.done(`${node} dies`);
    await stage.until(`${node} is known to be lost`, () => stage.node(node)?.liveness === 'lost');
    await stage.stays(`${node} died, and no application noticed`, 2000, () => {
      return JSON.stringify([...stage.processIds()]) === ids && stage.missingOutside() === '';
    });

    server.healSensor('FAN2');
    await server.powerOn();
    timeline.done(`${node} has a new fan and is switched on again`);
    await untilRebalanced(stage, node);
    stage.check(stage.node(node)?.health === 'ok', `${node} is well again and works`);
    stage.checkNeverTwice();
  },
};
