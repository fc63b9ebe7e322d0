import { readFileSync } from 'node:fs';
import { OperatingError } from '../protocol/errors.ts';
import { appOf } from '../protocol/ids.ts';
import type { AssignedInstance } from '../protocol/messages.ts';
import { TOKEN_VARIABLE } from './process-group.ts';

/**
 * All that an instance inherits of the agent's own environment: enough to find and run programs, and no secrets.
 * EVENKEEL_SERVER is the serial number of the server, where whoever started the agent has said it (the mock rack does).
 */
const INHERITED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'EVENKEEL_SERVER'] as const;

export interface InstanceFiles {
  readonly role: string;
  readonly value: string;
}

export function portVariable(name: string): string {
  return `PORT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** As documented in protocol/spec.ts; what the spec sets itself never hides what the driver says. */
export function environmentFor(
  assigned: AssignedInstance,
  node: string,
  ports: Readonly<Record<string, number>>,
  files: InstanceFiles,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  Object.assign(environment, assigned.runtime.env, {
    EVENKEEL_APP: appOf(assigned.instance),
    EVENKEEL_INSTANCE: assigned.instance,
    EVENKEEL_GENERATION: String(assigned.generation),
    EVENKEEL_NODE: node,
    EVENKEEL_ROLE: assigned.role,
    EVENKEEL_ISOLATION: assigned.isolation, // read again when a record is lost
    EVENKEEL_ROLE_FILE: files.role,
    EVENKEEL_VALUE_FILE: files.value,
  });
  for (const [name, port] of Object.entries(ports)) environment[portVariable(name)] = String(port);
  delete environment[TOKEN_VARIABLE];
  return environment;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The user that an instance runs as; null for the agent's own. */
export function userFor(name: string | undefined): User | null {
  if (name === undefined) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined)
    throw new OperatingError('SPAWN_FAILED', `runtime.user: ${name} is not in /etc/passwd of this node`);
  const fields = line.split(':');
  const user = { uid: Number(fields[2]), gid: Number(fields[3]) };
  const own = process.getuid?.();
  if (own !== 0 && own !== user.uid)
    throw new OperatingError(
      'SPAWN_FAILED',
      `runtime.user: ${name} needs an agent that runs as root; this one runs as user ${own}`,
    );
  return own === user.uid ? null : user;
}
