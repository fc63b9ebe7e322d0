import { say } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { type Pulse, startPulse } from './pulse.ts';
import type { Running } from './running.ts';
import type { Supervisor } from './supervisor.ts';

export interface Service<Config> {
  readonly name: string;
  /** Throws OperatingError where it cannot be used. */
  readonly load: () => Config;
  readonly start: (config: Config) => Promise<Running>;
  /** The fields that differ and that only a new process can take over. */
  readonly fixed: (before: Config, after: Config) => readonly string[];
}

/**
 * Runs a program until it is told to stop. On SIGHUP its configuration is read anew: with a good one the program is begun
 * again within this process, and finds what it had left as any new one does; with a bad one it goes on as it was.
 */
export async function runService<Config>(
  service: Service<Config>,
  supervisor: Supervisor | null,
  parentGone: Promise<void>,
): Promise<void> {
  const stopped = Promise.race([untilInterrupted(), parentGone]);
  let config = service.load();
  let running = await service.start(config);
  let pulse: Pulse | null = startPulse(running, supervisor);
  supervisor?.tell('READY=1', 'STATUS=running');

  async function reload(): Promise<void> {
    const wanted = acceptable();
    if (wanted === null) return;
    supervisor?.tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    pulse?.end();
    pulse = null;
    await running.stop();
    try {
      running = await service.start(wanted);
      config = wanted;
      supervisor?.tell('READY=1', 'STATUS=running; the configuration was read anew');
      say(`evenkeel: ${service.name}: the configuration was read anew`);
    } catch (error) {
      refused(error);
      running = await service.start(config); // as it was; when even that fails the process ends, and is started anew
    }
    pulse = startPulse(running, supervisor);
  }

  function acceptable(): Config | null {
    try {
      const wanted = service.load();
      const fixed = service.fixed(config, wanted);
      if (fixed.length === 0) return wanted;
      refused(new Error(`${fixed.join(', ')} can be changed by a restart only`));
    } catch (error) {
      refused(error);
    }
    return null;
  }

  function refused(error: unknown): void {
    const text = (error as Error).message;
    supervisor?.tell('READY=1', `STATUS=running with its earlier configuration: ${text.replaceAll('\n', '; ')}`);
    say(`evenkeel: ${service.name}: the earlier configuration stays in force: ${text}`);
  }

  let reloading: Promise<void> = Promise.resolve();
  let failed: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  const onHangup = () => {
    reloading = reloading.then(reload).catch(failed); // one after the other
  };
  // In a terminal it means that the terminal is gone, and ends the program as it ends any other.
  if (!process.stdin.isTTY) process.on('SIGHUP', onHangup);
  await Promise.race([stopped, failure]);
  supervisor?.tell('STOPPING=1');
  process.off('SIGHUP', onHangup);
  await reloading;
  pulse?.end();
  await running.stop();
}
