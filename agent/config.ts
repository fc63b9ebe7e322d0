import * as z from 'zod';
import { BmcConfig } from '../protocol/bmc-config.ts';
import { parseConfig, readConfigText } from '../protocol/config-file.ts';
import { ClusterName, NodeName } from '../protocol/ids.ts';
import { Resources } from '../protocol/spec.ts';

/** A Unix socket's path may have 107 bytes (sun_path); the guard listens on `guard.sock` in the state directory. */
const MAX_STATE_DIR_BYTES = 90;

const PortRange = z
  .strictObject({ from: z.int().min(1024).max(65_535), to: z.int().min(1024).max(65_535) })
  .refine((range) => range.from <= range.to, 'from a port up to a higher one');

export const AgentConfigFile = z.strictObject({
  cluster: ClusterName,
  node: NodeName,
  mqtt: z.strictObject({
    url: z
      .string()
      .regex(/^mqtt:\/\/[^/\s:@]+:[0-9]{1,5}$|^mqtt:\/\/\[[0-9a-fA-F:]+\]:[0-9]{1,5}$/)
      .describe('an address like mqtt://host:1883'),
  }),
  stateDir: z
    .string()
    .startsWith('/')
    .refine((path) => Buffer.byteLength(path) <= MAX_STATE_DIR_BYTES)
    .describe(`an absolute path of at most ${MAX_STATE_DIR_BYTES} bytes, since a Unix socket lies in it`),
  domain: z.string().min(1).max(64).optional(),
  labels: z.record(z.string().min(1).max(63), z.string().max(63)).default({}),
  capacity: Resources.default({}),
  reportMs: z.int().min(100).max(3_600_000).default(10_000),
  deadbands: z
    .record(
      z.string().min(1).max(97),
      z.strictObject({
        absolute: z.number().nonnegative().optional(),
        share: z.number().min(0).max(1).optional(),
        maxAgeMs: z.int().min(1000).max(86_400_000).optional(),
      }),
    )
    .default({}),
  spool: z
    .strictObject({
      maxBytes: z.int().min(65_536).max(1_073_741_824).default(8_388_608),
      maxAgeMs: z.int().min(60_000).max(31_536_000_000).default(604_800_000),
      maxMemoryBytes: z.int().min(16_384).max(16_777_216).default(524_288),
    })
    .prefault({}),
  heartbeatMs: z.int().min(20).max(60_000).default(1000),
  bmc: BmcConfig.optional(),
  metrics: z
    .strictObject({ host: z.string().min(1).max(253).default('127.0.0.1'), port: z.int().min(0).max(65_535) })
    .optional(),
  watchdog: z
    .strictObject({ device: z.string().startsWith('/dev/').describe('a path below /dev').default('/dev/watchdog') })
    .optional(),
  portRange: PortRange.default({ from: 20_000, to: 29_999 }),
  sysroot: z.string().startsWith('/').describe('an absolute path').default('/'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});
type AgentConfigFile = z.infer<typeof AgentConfigFile>;
/** What one agent is told at its start; every default is filled in. */
export type AgentConfig = Omit<AgentConfigFile, 'domain'> & { readonly domain: string };

/** Text → a whole configuration. Throws CONFIG_INVALID with a line for everything that is wrong. */
export function readAgentConfig(text: string, source: string): AgentConfig {
  const file = parseConfig(text, source, AgentConfigFile);
  return { ...file, domain: file.domain ?? file.node };
}

export function loadAgentConfig(path: string): AgentConfig {
  return readAgentConfig(readConfigText(path, "the agent's"), path);
}
