import { writeSync } from 'node:fs';

/*
 * What a service tells the systemd that started it (sd_notify(3)): datagrams on a Unix socket, which Node cannot open. The
 * package's `service-exec` opens and connects it and then becomes Node, so that telling is one write(2) by the main process
 * itself: no child process, no native code, and NotifyAccess=main suffices.
 */

export interface Supervisor {
  /** Within this time of the last beat the next one is due; null where nobody waits for beats. */
  readonly watchdogMs: number | null;
  /** Lines such as READY=1. Never throws and never waits: what cannot be told is lost, as on any datagram socket. */
  tell(...lines: readonly string[]): void;
}

type Write = (descriptor: number, text: string) => unknown;

/** From the environment that systemd and `service-exec` leave; null where this process is nobody's service. */
export function supervisorOf(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
  write: Write = writeSync,
): Supervisor | null {
  const descriptor = Number(environment.EVENKEEL_NOTIFY_FD);
  if (environment.EVENKEEL_NOTIFY_FD === undefined || !Number.isInteger(descriptor) || descriptor < 3) return null;
  const forUs = environment.WATCHDOG_PID === undefined || Number(environment.WATCHDOG_PID) === pid;
  const watchdogMs = Number(environment.WATCHDOG_USEC) / 1000;
  return {
    watchdogMs: forUs && watchdogMs > 0 ? watchdogMs : null,
    tell: (...lines) => {
      try {
        write(descriptor, lines.join('\n'));
      } catch {
        // EAGAIN: systemd has not read yet. A beat that is lost is followed by the next one in time.
      }
    },
  };
}
