import { OperatingError } from '../protocol/errors.ts';
import { AppName, NodeName } from '../protocol/ids.ts';
import { nearest } from '../protocol/nearest.ts';
import type { ApiClient } from './client.ts';

/** An argument that must be a node's name. */
export function nodeName(text: string): NodeName {
  const result = NodeName.safeParse(text);
  if (result.success) return result.data;
  throw badName('node', text);
}

/** An argument that must be an application's name. */
export function appName(text: string): AppName {
  const result = AppName.safeParse(text);
  if (result.success) return result.data;
  throw badName('application', text);
}

function badName(what: string, text: string): OperatingError {
  return new OperatingError(
    'REQUEST_INVALID',
    `${JSON.stringify(text)} cannot be the name of a ${what}; it must be 1 to 63 letters, digits and inner hyphens`,
  );
}

/** Runs a request; when the coordinator does not know a name, says which one was probably meant. */
export async function suggesting<T>(client: ApiClient, names: readonly string[], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const known = await knownFor(client, error.code).catch(() => null); // the first error is the one to show
    const unknown = known && names.find((name) => !known.includes(name));
    const meant = unknown ? nearest(unknown, known) : null;
    if (meant !== null) error.message += ` Did you mean ${meant}?`;
    throw error;
  }
}

async function knownFor(client: ApiClient, code: string): Promise<string[] | null> {
  if (code === 'NODE_UNKNOWN') return (await client.get<{ node: string }[]>('/nodes')).map(({ node }) => node);
  if (code === 'APP_UNKNOWN') return (await client.get<{ app: string }[]>('/apps')).map(({ app }) => app);
  return null;
}
