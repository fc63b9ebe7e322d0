import { join } from 'node:path';
import * as z from 'zod';
import { DEFAULT_HTTP_PORT, DEFAULT_MQTT_PORT } from '../protocol/api.ts';
import { RemoteBmcConfig } from '../protocol/bmc-config.ts';
import { parseConfig, readConfigText } from '../protocol/config-file.ts';
import { OperatingError } from '../protocol/errors.ts';
import { ClusterName } from '../protocol/ids.ts';
import { MOST_FAILURES } from './core/flapping.ts';
import { DEFAULT_SETTINGS, type Settings } from './core/settings.ts';
import { BUTTONS } from './dashboards/button-commands.ts';
import { DISCOVERY_PREFIX } from './dashboards/home-assistant.ts';

/*
 * The coordinator's configuration file. Everything but `stateDir` has a default; times are checked to fit together, since
 * a lease that is shorter than the time after which a node is suspected would stop applications for nothing.
 */

const ms = (from: number, to: number) => z.int().min(from).max(to);
const share = z.number().min(0).max(1);
const NodeOrAll = z
  .string()
  .regex(/^(\*|[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)$/)
  .describe('a node name, or *');
/** A level of a topic in which Sparkplug reserves some characters; `STATE` there is for hosts. */
const SparkplugId = z
  .string()
  .regex(/^(?!STATE$)[^+#/\p{Cc}\p{Cs}]{1,64}$/u)
  .describe('1 to 64 characters without +, # and /, and not STATE');
const perDay = z.number().min(1).max(1e12);

const SettingsFile = z
  .strictObject({
    heartbeatMs: ms(20, 60_000),
    hintAfterMs: ms(20, 600_000),
    suspectAfterMs: ms(20, 600_000),
    decideAfterMs: ms(50, 600_000),
    leaseMs: ms(50, 600_000),
    leaseMarginMs: ms(0, 600_000),
    hungAfterMs: ms(100, 600_000),
    settleMs: ms(0, 60_000),
    bmcRetryMs: ms(50, 600_000),
    startGraceMs: ms(0, 600_000),
    massSilenceShare: share,
    fenceShare: share,
    fenceWindowMs: ms(0, 86_400_000),
    readyTimeoutMs: ms(100, 3_600_000),
    stopTimeoutMs: ms(100, 3_600_000),
    maxConcurrentMoves: z.int().min(1).max(1000),
    solverSteps: z.int().min(100).max(100_000_000),
    replanDelayMs: ms(0, 60_000),
    maxMovesPerPlan: z.int().min(0).max(1_000_000),
    rebalanceGain: z.number().min(0).max(1000),
    rebalanceCooldownMs: ms(0, 86_400_000),
    reserveShare: share,
    performance: z
      .strictObject({
        smoothingMs: ms(1, 3_600_000),
        holdMs: ms(0, 3_600_000),
        clearShare: share,
        cooldownMs: ms(0, 86_400_000),
        pressurePercent: z.number().min(0).max(1000),
      })
      .partial(),
    flapping: z
      .strictObject({
        failures: z.int().min(1).max(MOST_FAILURES),
        windowMs: ms(1000, 86_400_000),
        holdMs: ms(0, 86_400_000),
        holdMaxMs: ms(0, 86_400_000),
        steadyMs: ms(0, 86_400_000),
      })
      .partial(),
    measuredDemand: z
      .strictObject({ leastShare: share, mostShare: z.number().min(1).max(1000), fallMs: ms(1000, 86_400_000) })
      .partial(),
    health: z
      .strictObject({
        warningHoldMs: ms(0, 3_600_000),
        criticalHoldMs: ms(0, 3_600_000),
        clearMs: ms(0, 86_400_000),
        keepMs: ms(0, 86_400_000),
        eventMs: ms(0, 30 * 86_400_000),
        trend: z
          .strictObject({
            bucketMs: ms(60_000, 7 * 86_400_000),
            leastBuckets: z.int().min(3).max(14),
            horizonMs: ms(0, 365 * 86_400_000),
          })
          .partial(),
        perDay: z
          .strictObject({
            corrected: perDay,
            media: perDay,
            pending: perDay,
            reallocated: perDay,
            link: perDay,
          })
          .partial(),
        deny: z.record(NodeOrAll, z.array(z.string().min(1).max(96)).max(1000)),
      })
      .partial(),
  })
  .partial();

const AbsolutePath = z.string().startsWith('/').describe('an absolute path');
const Port = z.int().min(0).max(65_535);
const Host = z.string().min(1).max(253);

export const CoordinatorConfigFile = z.strictObject({
  cluster: ClusterName.default('evenkeel' as ClusterName),
  stateDir: AbsolutePath,
  mqtt: z
    .union([
      z.strictObject({
        url: z
          .string()
          .regex(/^mqtts?:\/\/\S+$/)
          .describe('an address like mqtt://host:1883'),
      }),
      z.strictObject({ host: Host.default('127.0.0.1'), port: Port.default(DEFAULT_MQTT_PORT) }),
    ])
    .prefault({}),
  http: z
    .strictObject({
      host: Host.default('127.0.0.1'),
      port: Port.default(DEFAULT_HTTP_PORT),
      socket: z.string().startsWith('/').max(107).describe('an absolute path of at most 107 characters').optional(),
    })
    .prefault({}),
  dashboards: z.strictObject({ readingsMs: ms(1000, 3_600_000).default(10_000) }).prefault({}),
  homeAssistant: z
    .strictObject({
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,3}$/)
        .describe('letters, digits, _ and -, in up to four levels')
        .default(DISCOVERY_PREFIX),
      buttons: z.array(z.enum(BUTTONS)).default([]),
    })
    .optional(),
  sparkplug: z
    .strictObject({
      group: SparkplugId.optional(), // the cluster's name
      edgeNode: SparkplugId.default('evenkeel'),
      primaryHost: SparkplugId.optional(),
      mqttVersion: z
        .union([z.literal('3.1.1'), z.literal(5)])
        .describe('3.1.1 or 5')
        .default('3.1.1'),
    })
    .optional(),
  metrics: z.strictObject({ host: Host.default('127.0.0.1'), port: Port }).optional(),
  settings: SettingsFile.prefault({}),
  bmc: z.record(NodeOrAll, RemoteBmcConfig).default({}),
  store: z
    .strictObject({
      backupMs: ms(1000, 2_592_000_000).default(3_600_000),
      backups: z.int().min(1).max(1000).default(24),
    })
    .prefault({}),
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info') })
    .prefault({}),
  recordEvents: AbsolutePath.optional(),
});
type CoordinatorConfigFile = z.infer<typeof CoordinatorConfigFile>;

export type CoordinatorConfig = Omit<CoordinatorConfigFile, 'settings' | 'http'> & {
  readonly settings: Settings;
  readonly http: { readonly host: string; readonly port: number; readonly socket: string };
};

export function loadCoordinatorConfig(path: string): CoordinatorConfig {
  return readCoordinatorConfig(readConfigText(path, "the coordinator's"), path);
}

/** Throws CONFIG_INVALID with a line for everything that is wrong. */
export function readCoordinatorConfig(text: string, source: string): CoordinatorConfig {
  const file = parseConfig(text, source, CoordinatorConfigFile);
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    ...defined(file.settings),
    performance: { ...DEFAULT_SETTINGS.performance, ...defined(file.settings.performance ?? {}) },
    flapping: { ...DEFAULT_SETTINGS.flapping, ...defined(file.settings.flapping ?? {}) },
    measuredDemand: { ...DEFAULT_SETTINGS.measuredDemand, ...defined(file.settings.measuredDemand ?? {}) },
    health: {
      ...DEFAULT_SETTINGS.health,
      ...defined(file.settings.health ?? {}),
      trend: { ...DEFAULT_SETTINGS.health.trend, ...defined(file.settings.health?.trend ?? {}) },
      perDay: { ...DEFAULT_SETTINGS.health.perDay, ...defined(file.settings.health?.perDay ?? {}) },
    },
    bmc: { all: '*' in file.bmc, nodes: Object.keys(file.bmc).filter((name) => name !== '*') },
  };
  const misfits = misfitsOf(settings).map((misfit) => `settings: ${misfit}`);
  if (file.sparkplug?.mqttVersion === 5 && !('url' in file.mqtt))
    misfits.push('sparkplug.mqttVersion: 5 needs a broker of your own (mqtt.url); the embedded one speaks 3.1.1');
  if (misfits.length > 0)
    throw new OperatingError('CONFIG_INVALID', misfits.map((misfit) => `${source}: ${misfit}`).join('\n'));
  return {
    ...file,
    settings,
    http: { ...file.http, socket: file.http.socket ?? join(file.stateDir, 'evenkeel.sock') },
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function defined<T extends object>(given: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;
}

/** What of the times does not fit together, each as a sentence. */
function misfitsOf(s: Settings): string[] {
  const rules: [boolean, string][] = [
    [
      s.suspectAfterMs >= 2 * s.heartbeatMs,
      `suspectAfterMs (${s.suspectAfterMs}) must be at least two heartbeats (heartbeatMs is ${s.heartbeatMs})`,
    ],
    [
      s.decideAfterMs > s.suspectAfterMs,
      `decideAfterMs (${s.decideAfterMs}) must be above suspectAfterMs (${s.suspectAfterMs})`,
    ],
    [
      s.leaseMs > s.suspectAfterMs,
      `leaseMs (${s.leaseMs}) must be above suspectAfterMs (${s.suspectAfterMs}), or a short pause would stop applications`,
    ],
    [
      s.flapping.holdMaxMs >= s.flapping.holdMs,
      `flapping.holdMaxMs (${s.flapping.holdMaxMs}) must be at least flapping.holdMs (${s.flapping.holdMs})`,
    ],
    [s.hintAfterMs >= s.heartbeatMs, `hintAfterMs (${s.hintAfterMs}) must be at least heartbeatMs (${s.heartbeatMs})`],
  ];
  return rules.filter(([holds]) => !holds).map(([, text]) => text);
}
