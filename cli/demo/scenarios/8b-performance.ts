import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Scenario, type Stage, seconds } from '../stage.ts';
import { checkUntouched } from './7b-node-fails.ts';

const SLOT = 'web/0';
const HOGS = 4;

export const migrateForPerformance: Scenario = {
  name: '8b',
  title: 'Migrate an application because of performance problems',
  after: ['8a'],
  async run(stage) {
    const { timeline, cluster } = stage;
    const from = stage.instance(SLOT)?.node ?? '';
    const target = stage.app('web')?.objective?.target ?? 0;
    await stage.until(`web meets its objective of ${target} ms everywhere`, () => {
      const objective = stage.app('web')?.objective;
      return objective?.value != null && !objective.missed && objective.value < target / 2;
    });
    const others = stage.processIds();
    others.delete(SLOT);
    stage.markBefore();
    const calm = await latencyMs(stage);
    const watch = watchSlot(stage);
    timeline.begin();
    const server = cluster.rack.server(from);
    for (let i = 0; i < HOGS; i++) server.startHog();
    timeline.done(
      `a program that nobody has planned for takes the CPU of ${from}; ${SLOT} there answered in ${calm.toFixed(0)} ms`,
    );
    try {
      let slow = 0;
      await stage.until(`${SLOT} misses its objective of ${target} ms`, async () => {
        slow = await latencyMs(stage);
        return slow > target;
      });
      timeline.seen(`a request to ${SLOT} takes ${slow.toFixed(0)} ms, ${target} ms are its objective`, 'warning');
      stage.measured.movedMs = await stage.untilLasting(
        `${SLOT} runs on another node, and no longer on ${from}`,
        () => {
          const places = stage.running().filter(({ instance }) => instance === SLOT);
          return places.length === 1 && places[0]?.node !== from && stage.settled && stage.missingOutside() === '';
        },
        60_000,
      );
      const to = stage.instance(SLOT)?.node ?? '';
      let better = 0;
      await stage.until(`${SLOT} meets its objective again`, async () => {
        better = await latencyMs(stage);
        return better < target;
      });
      timeline.seen(`${SLOT} runs on ${to} and answers in ${better.toFixed(0)} ms`);
      stage.markAfter();
      stage.check(
        better < target,
        `${SLOT} meets its objective again: ${slow.toFixed(0)} ms before, ${better.toFixed(0)} ms now`,
      );
      stage.check(
        stage.moved().length === 1,
        `the one application that suffered was moved, ${SLOT} from ${from} to ${to}`,
      );
      checkUntouched(stage, others);
      stage.check(watch.gaps() === 0, `the old instance ran until the new one was ready: ${SLOT} always had a process`);
      const ids = JSON.stringify([...stage.processIds()]);
      await stage.stays('no flapping: then it stayed where it was, the hog still running', 5000, () => {
        return JSON.stringify([...stage.processIds()]) === ids;
      });
      stage.check(true, `moved ${seconds(stage.measured.movedMs)} after the trouble began`);
    } finally {
      watch.end();
      server.stopHogs();
    }
    stage.checkNeverTwice();
  },
};

/** Asks the instance itself, over HTTP, several times: the mean, as a user would have it. */
async function latencyMs(stage: Stage): Promise<number> {
  const port = stage.instance(SLOT)?.ports.http;
  if (port === undefined) return 0;
  const asked = 5;
  let sum = 0;
  for (let i = 0; i < asked; i++) {
    sum += await requestMs(port);
    await delay(60 * Math.random()); // not in step with anything
  }
  return sum / asked;
}

function requestMs(port: number): Promise<number> {
  const start = performance.now();
  return new Promise((resolve) => {
    const end = () => resolve(performance.now() - start);
    get({ host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: 5000 }, (answer) => {
      answer.resume();
      answer.on('end', end);
      answer.on('error', end);
    }).on('error', end);
  });
}

/** How often the slot was seen without any process. */
function watchSlot(stage: Stage): { gaps(): number; end(): void } {
  let gaps = 0;
  const timer = setInterval(() => {
    if (!stage.running().some(({ instance }) => instance === SLOT)) gaps++;
  }, 250);
  return { gaps: () => gaps, end: () => clearInterval(timer) };
}
