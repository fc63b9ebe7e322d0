import { monotonicMs } from '../../../protocol/clock.ts';
import { type Scenario, type Stage, seconds } from '../stage.ts';

export const nodeFails: Scenario = {
  name: '7b',
  title: 'After failure of node N1',
  after: ['7a'],
  async run(stage) {
    const { timeline, cluster, hang } = stage;
    const server = cluster.rack.server('N1');
    const wasThere = stage.runningOn('N1');
    const others = stage.processIds();
    for (const instance of wasThere) others.delete(instance);
    stage.markBefore();
    timeline.begin();
    const sinceMs = monotonicMs();
    if (hang) {
      const count = server.freeze();
      timeline.done(`N1 hangs: its ${count} processes stand still, and its BMC says ${await stage.bmc('N1').power()}`);
    } else {
      const count = await server.powerLoss();
      timeline.done(`N1's server loses power: ${count} processes of it are gone, ${wasThere.join(', ')} among them`);
    }
    await promoted(stage, 'orders', 'N1', sinceMs);
    stage.measured.recoveredMs = await stage.untilAllRuns();
    timeline.seen(`all that ran on N1 runs elsewhere, ${seconds(stage.measured.recoveredMs)} after it failed`);

    stage.markAfter();
    const power = await stage.bmc('N1').power();
    const left = server.processes().length;
    const how = hang ? ': it was fenced before anything of it was started elsewhere' : '';
    stage.check(power === 'off' && left === 0, `N1's BMC says ${power}, ${left} of its processes live${how}`);
    stage.check(stage.missingOutside() === '', 'every instance runs on N2 to N9 and acts in its role');
    checkUntouched(stage, others);
    stage.checkNeverTwice();
    const limitMs = hang ? 20_000 : 8000;
    const gap = stage.measured.ordersGapMs ?? Number.POSITIVE_INFINITY;
    stage.check(gap < limitMs, `orders had nobody active for ${seconds(gap)}, less than ${limitMs / 1000} s`);
  },
};

/** Waits until the application acts somewhere else, and notes how long nobody did. */
export async function promoted(stage: Stage, app: string, from: string, sinceMs: number): Promise<void> {
  await stage.until(`${app} acts on another node than ${from}`, () => {
    const now = stage.actsOn(app);
    return now !== null && now.node !== from;
  });
  const now = stage.actsOn(app);
  const gap = stage.gapMs(app, sinceMs);
  stage.measured[`${app}GapMs`] = gap;
  stage.timeline.seen(`${now?.instance} acts on ${now?.node}: ${app} had nobody active for ${seconds(gap)}`);
}

export function checkUntouched(stage: Stage, before: ReadonlyMap<string, string>): void {
  const now = stage.processIds();
  const touched = [...before].filter(([instance, ids]) => now.get(instance) !== ids).map(([instance]) => instance);
  stage.check(
    touched.length === 0,
    touched.length === 0
      ? `the other ${before.size} instances run on untouched, with the same process ids`
      : `moved or restarted for no reason: ${touched.join(', ')}`,
  );
}
