/* Runs simulated clusters through faults and says what came of it: test/simulation. `--help` has the options. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCampaign } from '../test/simulation/campaign.ts';
import { report } from '../test/simulation/report.ts';
import { runSchedule } from '../test/simulation/run.ts';
import { faultText, scheduleOf } from '../test/simulation/schedule.ts';
import { shrink } from '../test/simulation/shrink.ts';
import { failAs, optionsGiven, wholeOption } from './command-line.ts';
import { ROOT } from './runtime.mjs';

const HELP = `npm run simulate -- [option...]: simulated clusters put through faults; last line: N schedules, V violations

  --seeds N       so many schedules; default: 2000
  --from S        from this seed on; default: 1
  --threads T     default: 2
  --seed S        one of them again, with all that happened
  --trace         with every message and decision
  --shrink        leaves faults out as long as the same promise is broken
  --keep NAME     writes what is left, shrunk, to test/simulation/cases/NAME.json, which the tests replay
  --json          JSON instead
  --help          this

Exit code 1 when a promise was broken.`;
const fail: (message: string) => never = failAs('simulate');

const PROGRESS_MS = 2000;

interface OneOptions {
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly keep: string | undefined;
  readonly json: boolean;
}

function runOne(seed: number, options: OneOptions): number {
  const drawn = scheduleOf(seed);
  const schedule = options.shrink || options.keep !== undefined ? shrink(drawn) : drawn;
  const outcome = runSchedule(schedule, options.trace);
  const { violation, hash, settledAfterMs } = outcome;
  if (options.keep !== undefined) {
    if (!/^[a-z0-9-]+$/.test(options.keep))
      fail(`--keep: ${options.keep} is not allowed; it must be small letters, digits and hyphens`);
    const file = join(ROOT, 'test/simulation/cases', `${options.keep}.json`);
    const first = violation?.message.split('\n')[0] ?? 'kept although nothing was broken';
    writeFileSync(file, `${JSON.stringify({ broke: first, schedule }, null, 2)}\n`);
    console.log(`written: ${file}`);
  }
  if (options.json) console.log(JSON.stringify({ schedule, violation, hash, settledAfterMs }));
  else {
    for (const line of outcome.lines) console.log(line);
    const { nodes, bmc, tickMs, ratePpm, tight } = schedule.shape;
    console.log(
      `seed ${seed}: ${nodes} nodes, ${bmc} with BMC, tick ${tickMs} ms, clocks wrong by ${ratePpm} ppm${tight ? ', tight' : ''}`,
    );
    for (const fault of schedule.faults) console.log(`  ${faultText(fault)}`);
    console.log(
      violation
        ? `at ${violation.atMs / 1000} s ${violation.message}`
        : `all ran again ${settledAfterMs / 1000} s after healing; trace hash ${hash.toString(16)}`,
    );
  }
  console.log(`1 schedules, ${violation ? 1 : 0} violations`);
  return violation ? 1 : 0;
}

async function runMany(from: number, schedules: number, threads: number, json: boolean): Promise<number> {
  const beganMs = performance.now();
  let saidMs = beganMs;
  const tally = await runCampaign({
    from,
    schedules,
    threads,
    onProgress: (sum) => {
      const nowMs = performance.now();
      if (nowMs - saidMs < PROGRESS_MS) return;
      saidMs = nowMs;
      const seconds = (nowMs - beganMs) / 1000;
      process.stderr.write(
        `${sum.schedules} of ${schedules}, ${Math.round(sum.schedules / seconds)} schedules and ${Math.round(sum.events / seconds)} events per second, ${sum.violations.length} violations\n`,
      );
    },
  });
  const tookMs = performance.now() - beganMs;
  if (json) {
    console.log(JSON.stringify({ from, tookMs, ...tally }));
    console.log(`${tally.schedules} schedules, ${tally.violations.length} violations`);
  } else console.log(report(tally, tookMs));
  return tally.violations.length > 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const values = optionsGiven(fail, HELP, {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const whole = (option: 'seed' | 'from' | 'seeds' | 'threads', text: string, from: number, to: number) =>
    wholeOption(fail, option, text, from, to);
  if (values.seed !== undefined) {
    const { trace, keep, json } = values;
    return runOne(whole('seed', values.seed, 0, 2 ** 31), { trace, shrink: values.shrink, keep, json });
  }
  return await runMany(
    whole('from', values.from, 0, 2 ** 31),
    whole('seeds', values.seeds, 1, 100_000_000),
    whole('threads', values.threads, 1, 64),
    values.json,
  );
}

process.exitCode = await main();
