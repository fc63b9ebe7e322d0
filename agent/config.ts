import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { BmcConfig } from '../protocol/bmc-config.ts';
import { OperatingError } from '../protocol/errors.ts';
import { ClusterName, NodeName } from '../protocol/ids.ts';
import { issueText } from '../protocol/parse.ts';
import { Resources } from '../protocol/spec.ts';

/** A Unix socket's path may have 107 bytes (sun_path); the guard listens on `guard.sock` in the state directory. */
const MAX_STATE_DIR_BYTES = 90;

const PortRange = z
  .strictObject({ from: z.int().min(1024).max(65_535), to: z.int().min(1024).max(65_535) })
  .refine((range) => range.from <= range.to, 'from must not be above to');

export const AgentConfigFile = z.strictObject({
  cluster: ClusterName,
  node: NodeName,
  mqtt: z.strictObject({
    url: z
      .string()
      .regex(
        /^mqtt:\/\/[^/\s:@]+:[0-9]{1,5}$|^mqtt:\/\/\[[0-9a-fA-F:]+\]:[0-9]{1,5}$/,
        'must be like mqtt://host:1883',
      ),
  }),
  stateDir: z
    .string()
    .startsWith('/', 'must be an absolute path')
    .refine(
      (path) => Buffer.byteLength(path) <= MAX_STATE_DIR_BYTES,
      `must have at most ${MAX_STATE_DIR_BYTES} bytes, since a Unix socket lies in it`,
    ),
  domain: z.string().min(1).max(64).optional(),
  labels: z.record(z.string().min(1).max(63), z.string().max(63)).default({}),
  capacity: Resources.default({}),
  reportMs: z.int().min(100).max(3_600_000).default(10_000),
  heartbeatMs: z.int().min(20).max(60_000).default(1000),
  bmc: BmcConfig.optional(),
  portRange: PortRange.default({ from: 20_000, to: 29_999 }),
  sysroot: z.string().startsWith('/').default('/'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
type AgentConfigFile = z.infer<typeof AgentConfigFile>;
/** What one agent is told at its start; every default is filled in. */
export type AgentConfig = Omit<AgentConfigFile, 'domain'> & { readonly domain: string };

/** Anything → a whole configuration, or CONFIG_INVALID that names `source`, field, value and what is allowed. */
export function checkAgentConfig(raw: unknown, source: string): AgentConfig {
  const result = AgentConfigFile.safeParse(raw);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path ?? [];
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
    // a field that does not exist may be a password that somebody wrote where none belongs
    const found =
      issue?.code === 'unrecognized_keys' ? '' : ` (found ${JSON.stringify(value)?.slice(0, 100) ?? 'nothing'})`;
    throw new OperatingError('CONFIG_INVALID', `${source}: ${issueText(result.error)}${found}`);
  }
  return { ...result.data, domain: result.data.domain ?? result.data.node };
}

export function loadAgentConfig(path: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OperatingError('FILE_UNREADABLE', `cannot read the agent's configuration ${path}`, { cause });
  }
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    throw new OperatingError('CONFIG_INVALID', `${path} is not YAML: ${(cause as Error).message}`, { cause });
  }
  return checkAgentConfig(raw, path);
}
