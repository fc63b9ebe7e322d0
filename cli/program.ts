import { Command } from 'commander';
import { addAgent } from './commands/agent.ts';
import { addApply } from './commands/apply.ts';
import { addApps } from './commands/apps.ts';
import { addCoordinator } from './commands/coordinator.ts';
import { addDelete } from './commands/delete.ts';
import { addDemo } from './commands/demo.ts';
import { addDisarm } from './commands/disarm.ts';
import { addDrain } from './commands/drain.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addNode } from './commands/node.ts';
import { addNodeActions } from './commands/node-actions.ts';
import { addNodes } from './commands/nodes.ts';
import { addPlan } from './commands/plan.ts';
import { addReboot } from './commands/reboot.ts';
import { addServer } from './commands/server.ts';
import { addSolve } from './commands/solve.ts';
import { addStatus } from './commands/status.ts';
import { addStore } from './commands/store.ts';
import { addUp } from './commands/up.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import { DEFAULT_URL } from './locations.ts';

export function createProgram(): Command {
  const program = new Command('evenkeel')
    .description('Keeps the applications of an appliance cluster running in the right place.')
    .option('--socket <path>', "the coordinator's Unix socket (default: $EVENKEEL_SOCKET, then this machine's own)")
    .option('--url <url>', `the coordinator's address (default: $EVENKEEL_URL, then ${DEFAULT_URL})`)
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError('(add --help for more)')
    .addHelpText(
      'after',
      `
Examples:
  evenkeel up                     run an appliance on this machine, and say where its page is
  evenkeel apply web.yaml         run what a file describes, and keep it running
  evenkeel status --watch         see the cluster live
  evenkeel plan --fail N1         what would happen if N1 were lost; nothing is done
  evenkeel explain web            why it runs where it does, and why not elsewhere

${EXIT_CODES_HELP}`,
    );
  addUp(program);
  addApply(program);
  addDelete(program);
  addStatus(program);
  addNodes(program);
  addApps(program);
  addEvents(program);
  addPlan(program);
  addExplain(program);
  addNodeActions(program);
  addDrain(program);
  addReboot(program);
  addDisarm(program);
  addServer(program);
  addNode(program);
  addStore(program);
  addSolve(program);
  addDemo(program);
  addAgent(program);
  addCoordinator(program);
  return program;
}
