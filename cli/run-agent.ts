import { parentGone } from './lifeline.ts';
import { agentService } from './service/agent-service.ts';
import { runService } from './service/run-service.ts';
import { supervisorOf } from './service/supervisor.ts';

export interface AgentRun {
  readonly config: string;
  /** Stop when standard input ends. */
  readonly lifeline: boolean;
}

/** Runs the agent of a node until it is told to stop. */
export async function runAgentService({ config, lifeline }: AgentRun): Promise<void> {
  await runService(agentService(config), supervisorOf(process.env, process.pid), parentGone(lifeline));
}
