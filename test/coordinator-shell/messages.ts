import type { Heartbeat, Hello, Report } from '../../protocol/messages.ts';

/* Whole messages as an agent would send them; a test changes what it is about. */

export const HELLO = {
  v: 1,
  node: 'N1',
  bootId: 1,
  machineBoot: 'm1',
  term: 0,
  revision: 0,
  agentVersion: 'test',
  server: { serial: 'SN1', vendor: 'Test', model: 'T' },
  inventory: { os: '', kernel: '', cpuModel: '', cpuCores: 4, memoryBytes: 8e9, disks: [], networks: [] },
  capacity: { cpu: 4000, memory: 8e9 },
  domain: 'A',
  labels: {},
  guard: true,
  stopBoundMs: 500,
  instances: [],
} as unknown as Hello;

export const HEARTBEAT = {
  v: 1,
  node: 'N1',
  bootId: 1,
  sequence: 0,
  sentMs: 1,
  term: 0,
  revision: 0,
  mainSilenceMs: 0,
} as unknown as Heartbeat;

export const REPORT = {
  v: 1,
  node: 'N1',
  bootId: 1,
  sequence: 0,
  term: 1,
  revision: 0,
  instances: [],
  usage: null,
  readings: null,
} as unknown as Report;
