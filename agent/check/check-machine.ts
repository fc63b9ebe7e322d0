import type { AgentConfig } from '../config.ts';
import { bmcCheck } from './bmc-check.ts';
import { brokerCheck } from './broker-check.ts';
import { type Check, type Finding, failed } from './finding.ts';
import { selfTestCheck } from './self-test-check.ts';
import { sensorsCheck } from './sensors-check.ts';
import { watchdogCheck } from './watchdog-check.ts';

/** In the order in which they are shown. A new kind of device is one more entry. */
const CHECKS: readonly Check[] = [selfTestCheck, brokerCheck, sensorsCheck, bmcCheck, watchdogCheck];

/** Everything that an agent with this configuration finds on this machine. The checks run at the same time. */
export async function checkMachine(config: AgentConfig, checks = CHECKS): Promise<Finding[]> {
  const findings = await Promise.all(
    checks.map((check) =>
      check
        .look(config)
        .catch((error: unknown) => [
          failed(check.part, error instanceof Error ? error.message : String(error), check.cure),
        ]),
    ),
  );
  return findings.flat();
}
