import { isDeepStrictEqual } from 'node:util';
import { type AgentConfig, loadAgentConfig } from '../../agent/config.ts';
import { runAgent } from '../../agent/main.ts';
import { holdWatchdog } from './hardware-watchdog.ts';
import type { Service } from './run-service.ts';

/** What says which node this is and where it keeps its state: another one is another agent. */
const FIXED = ['cluster', 'node', 'stateDir'] as const;
/** The heartbeat's thread is started again by the agent itself; only one that stays away is a fault of the whole. */
const HEARTBEATS_MISSED = 5;
const THREAD_RESTART_MS = 5000;
/** An event is sent through the agent at each look, so by the next one it has been dealt with, or the loop hangs. */
const STEP_MAY_REST_MS = 0;

export function agentService(path: string): Service<AgentConfig> {
  return {
    name: 'agent',
    load: () => loadAgentConfig(path),
    fixed: (before, after) => FIXED.filter((field) => !isDeepStrictEqual(before[field], after[field])),
    start: async (config) => {
      const agent = await runAgent(config);
      const watchdog = holdWatchdog(config.watchdog?.device, config.sysroot);
      return {
        progress: () => {
          const { steps, beats } = agent.progress();
          const threadMayRestMs = HEARTBEATS_MISSED * config.heartbeatMs + THREAD_RESTART_MS;
          return [
            { part: 'decisions', count: steps, mayRestMs: STEP_MAY_REST_MS },
            { part: 'heartbeats', count: beats, mayRestMs: threadMayRestMs },
          ];
        },
        beat: () => watchdog?.pet(),
        beatWithinMs: watchdog?.timeoutMs ?? null,
        stop: async () => {
          await agent.stop();
          watchdog?.close();
        },
      };
    },
  };
}
