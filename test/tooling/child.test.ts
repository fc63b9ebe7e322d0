import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { runQuietly } from '../../scripts/child.mjs';
import { ROOT } from '../../scripts/runtime.mjs';

/** A process that runs `code` in a child through `runThrough`, as every script here does. */
function throughRunner(code: string) {
  const runner = `
    import { runThrough } from ${JSON.stringify(`${ROOT}scripts/child.mjs`)};
    process.exitCode = await runThrough(process.execPath, ['-e', ${JSON.stringify(code)}]);`;
  return spawn(process.execPath, ['--input-type=module', '-e', runner], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('the exit code comes back', async () => {
  const [code] = await once(throughRunner('process.exit(7)'), 'exit');
  expect(code).toBe(7);
});

test('an end by signal comes back as in a shell', async () => {
  const [code] = await once(throughRunner("process.kill(process.pid, 'SIGKILL')"), 'exit');
  expect(code).toBe(137);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s reaches the child, which ends in its own way',
  async (signal) => {
    const runner = throughRunner(
      `process.on('${signal}', () => { console.log('heard'); process.exit(3); }); setInterval(() => {}, 1000); console.log('ready');`,
    );
    const said: string[] = [];
    runner.stdout.on('data', (chunk) => said.push(String(chunk)));
    await once(runner.stdout, 'data');
    runner.kill(signal);
    const [code] = await once(runner, 'close');
    expect(said.join('')).toBe('ready\nheard\n');
    expect(code).toBe(3);
  },
);

test('a command that does not exist is an error that names it', async () => {
  await expect(runQuietly('/nonexistent/tool', [])).rejects.toThrow('/nonexistent/tool');
});
