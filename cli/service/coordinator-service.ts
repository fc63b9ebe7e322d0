import { isDeepStrictEqual } from 'node:util';
import { type CoordinatorConfig, loadCoordinatorConfig } from '../../coordinator/config.ts';
import { runCoordinator } from '../../coordinator/main.ts';
import { print } from '../terminal.ts';
import type { Service } from './run-service.ts';

/** What says whose coordinator this is and where its store lies. */
const FIXED = ['cluster', 'stateDir'] as const;
/** Its loop turns ten times a second; a long wait for the disk is no hang yet. */
const LOOP_MAY_REST_MS = 5000;

export function coordinatorService(path: string): Service<CoordinatorConfig> {
  return {
    name: 'coordinator',
    load: () => loadCoordinatorConfig(path),
    fixed: (before, after) => FIXED.filter((field) => !isDeepStrictEqual(before[field], after[field])),
    start: async (config) => {
      const { httpUrl, mqttUrl, socket, stop, turns } = await runCoordinator(config);
      print(JSON.stringify({ ready: true, http: httpUrl, mqtt: mqttUrl, socket }));
      return { progress: () => [{ part: 'the loop', count: turns(), mayRestMs: LOOP_MAY_REST_MS }], stop };
    },
  };
}
