import { trials } from '../self-test.ts';
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
  look: async (config) =>
    trials(config).map(({ name, fault }) =>
      fault === null ? found(`self-test: ${name}`, 'passed') : failed(`self-test: ${name}`, fault, CURES[name] ?? ''),
    ),
};
