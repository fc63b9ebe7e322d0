import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_HTTP_PORT, DEFAULT_MQTT_PORT } from '../../protocol/api.ts';
import type { ClusterView, JournalEntry } from '../../protocol/view.ts';
import { type LocalCluster, type LocalClusterOptions, startLocalCluster } from '../local-cluster.ts';
import { say } from '../terminal.ts';
import { type DemoApplication, type DemoFolders, demoApplications, demoFolders, demoNode } from './applications.ts';
import { LedgerReader } from './ledger.ts';

/** A cluster that scenarios are played on, one after another, and what has been played on it so far. */
export interface Session {
  readonly cluster: LocalCluster;
  readonly directory: string;
  readonly folders: DemoFolders;
  readonly ledger: LedgerReader;
  readonly applications: readonly DemoApplication[];
  readonly played: string[];
  latest(): ClusterView;
  /** Who is told of new journal entries; one at a time. */
  listen(listener: (entry: JournalEntry) => void): void;
  stop(options: { keepFiles: boolean }): Promise<void>;
}

/**
 * The product's own times, but for those that only make a demonstration wait: voluntary moves may follow each other sooner.
 * Ten servers share this machine's CPU here, so the kernel's measure of CPU pressure says nothing about any one of them.
 */
const SETTINGS: NonNullable<LocalClusterOptions['settings']> = {
  rebalanceCooldownMs: 3000,
  flapping: { steadyMs: 3000 },
  performance: { cooldownMs: 20_000, pressurePercent: 100 },
};

export async function startSession(options: {
  readonly wellKnownPorts: boolean;
  readonly onProgress: (text: string) => void;
}): Promise<Session> {
  const directory = mkdtempSync(join(tmpdir(), 'ek-demo-'));
  const folders = demoFolders(directory);
  const cluster = await startLocalCluster({
    cluster: 'demo',
    directory,
    nodes: Array.from({ length: 9 }, (_, i) => demoNode(i + 1)),
    http: { host: '127.0.0.1', port: options.wellKnownPorts ? await freeOrAny(DEFAULT_HTTP_PORT) : 0 },
    mqtt: { host: '127.0.0.1', port: options.wellKnownPorts ? await freeOrAny(DEFAULT_MQTT_PORT) : 0 },
    settings: SETTINGS,
    onProgress: options.onProgress,
    onTrouble: say,
  });
  let view = await cluster.client.get<ClusterView>('/status');
  let listener: (entry: JournalEntry) => void = () => {};
  let newest = 0;
  const stream = cluster.client.stream({
    onView: (next) => {
      view = next;
    },
    onJournal: (entry) => {
      if (entry.id <= newest) return;
      newest = entry.id;
      listener(entry);
    },
  });
  return {
    cluster,
    directory,
    folders,
    ledger: new LedgerReader(folders.ledger),
    applications: demoApplications(folders),
    played: [],
    latest: () => view,
    listen: (next) => {
      listener = next;
    },
    stop: async ({ keepFiles }) => {
      stream.close();
      await cluster.stop();
      if (!keepFiles) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The port, or 0 (any) where something else has it. */
function freeOrAny(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(0));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(port)));
  });
}
