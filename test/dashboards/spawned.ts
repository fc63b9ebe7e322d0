import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/runtime.mjs';
import { afterwards, temporaryFolder } from '../coordinator-shell/temporary.ts';

/** A coordinator as a process of its own, to be killed. */
export async function spawnCoordinator(
  extra: string,
  folder = temporaryFolder(),
): Promise<{ readonly folder: string; kill(): Promise<void> }> {
  const config = join(folder, 'coordinator.yaml');
  writeFileSync(config, `cluster: test\nstateDir: ${folder}\nhttp: {port: 0}\nlog: {level: silent}\n${extra}`);
  const args = [join(ROOT, 'cli/main.ts'), 'coordinator', '--config', config];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = once(child, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  afterwards(kill);
  return { folder, kill };
}
