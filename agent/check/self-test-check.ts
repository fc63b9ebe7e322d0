import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentConfig } from '../config.ts';
import { type Trial, trials } from '../self-test.ts';
import { type Check, failed, found } from './finding.ts';

const CURES: Readonly<Record<string, string>> = {
  state: 'give the agent a folder that it may write in, as stateDir',
  room: 'make room on the filesystem of stateDir',
  proc: 'mount /proc, or correct sysroot',
  clock: 'set the clock, or let systemd-timesyncd or chrony do it',
  ipmitool: 'apt-get install ipmitool',
  bmc: 'modprobe ipmi_si ipmi_devintf; the group evenkeel-hw may use /dev/ipmi0, by the rule that the package brings',
  watchdog:
    "load the driver of this board's watchdog; the group evenkeel-hw may use it, by the rule that the package brings",
};

/** The same trials as at the agent's start. */
export const selfTestCheck: Check = {
  part: 'self-test',
  cure: '',
  look: async (config) => {
    const isThere = existsSync(config.stateDir);
    const passed = ({ name }: Trial) =>
      !isThere && name === 'state' ? `${config.stateDir} is not there yet: the agent makes it at its start` : 'passed';
    return (isThere ? trials(config) : trialsBefore(config)).map((trial) =>
      trial.fault === null
        ? found(`self-test: ${trial.name}`, passed(trial))
        : failed(`self-test: ${trial.name}`, trial.fault, CURES[trial.name] ?? ''),
    );
  },
};

/** Before the first start: in a folder made where the agent will make its own, and removed again. */
function trialsBefore(config: AgentConfig): readonly Trial[] {
  const parent = existingAbove(config.stateDir);
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, '.evenkeel-check-'));
  } catch (error) {
    const fault = `${config.stateDir} is not there, and cannot be made in ${parent}: ${(error as Error).message}`;
    const others = trials(config).filter(({ name }) => name !== 'state' && name !== 'room'); // which have no folder
    return [{ name: 'state', fault }, ...others];
  }
  try {
    return trials({ ...config, stateDir: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function existingAbove(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) ? parent : existingAbove(parent);
}
