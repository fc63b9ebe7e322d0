import { readAgentConfig } from '../../agent/config.ts';
import { runAgent } from '../../agent/main.ts';
import { plainHardware } from './plain-hardware.ts';

/** An agent in a process of its own, to be killed and frozen: `node agent-process.ts '{…configuration…}'`. */
const config = readAgentConfig(process.argv[2] ?? '{}', 'argument');
const agent = await runAgent(config, plainHardware());
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)));
/** Hangs the main thread for as long as asked, while the heartbeat's thread goes on. */
process.on('SIGUSR2', () => {
  const until = performance.now() + 60_000;
  while (performance.now() < until);
});
