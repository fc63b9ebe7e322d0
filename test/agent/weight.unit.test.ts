import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { AGENT_FLAGS, agentFlagsFor } from '../../agent/runtime-flags.ts';
import { BUILTINS_AS_OBJECTS } from '../../scripts/build-parts.ts';
import { ROOT } from '../../scripts/runtime.mjs';

// What an agent loads it keeps in memory for months.

/** Folders in node_modules of which the bundled program holds something, without what is only loaded when asked for. */
async function packagesIn(program: string): Promise<string> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [program],
    bundle: true,
    splitting: true,
    outdir: 'unused',
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === program);
  const loaded = new Set([entry?.[0] ?? '']);
  for (const file of loaded)
    for (const { path, kind } of metafile.outputs[file]?.imports ?? [])
      if (kind === 'import-statement') loaded.add(path);
  const inputs = [...loaded].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
  return inputs.filter((path) => path.includes('node_modules')).join('\n');
}

test("the heartbeat's thread loads neither the whole of zod nor what it does not speak", async () => {
  const packages = await packagesIn('agent/heartbeat-worker.ts');
  expect(packages).toMatch(/mqtt-packet/); // what is looked at is the right thing
  expect(packages).not.toMatch(/zod\/v4\/classic|node_modules\/(mqtt|ws|socks|pino|yaml|systeminformation)\//);
});

test('the agent loads neither the rest of the command nor the library of its inventory', async () => {
  const packages = await packagesIn('agent/main.ts');
  expect(packages).toMatch(/pino/);
  expect(packages).not.toMatch(/node_modules\/(mqtt|ws|socks|systeminformation|commander|aedes|@bufbuild)\//);
});

test('what is built loads of Node what it uses, when it uses it', async () => {
  const loaded = (name: string) => `process.moduleLoadList.includes('NativeModule ${name}')`;
  const source = `import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Agent, get } from 'node:http';
const before = [${loaded('zlib')}, ${loaded('_http_client')}];
const used = [join('a', 'b'), crc32('123456789'), typeof get, new Agent().maxSockets];
console.log(JSON.stringify([before, used, ${loaded('zlib')}, ${loaded('_http_client')}, ${loaded('internal/deps/undici/undici')}]));`;
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-built-'));
  try {
    const outfile = join(folder, 'built.mjs');
    const stdin = { contents: source, resolveDir: ROOT };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', plugins: [BUILTINS_AS_OBJECTS] });
    const told = JSON.parse(execFileSync(process.execPath, [outfile], { encoding: 'utf8' }));
    expect(told).toEqual([[false, false], ['a/b', 0xcbf43926, 'function', null], true, true, false]); // null: Infinity
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('Node takes the flags, and those for a source let it read TypeScript', () => {
  expect(execFileSync(process.execPath, [...AGENT_FLAGS, '-p', '1 + 1'], { encoding: 'utf8' })).toBe('2\n');
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-flags-'));
  try {
    const source = join(folder, 'source.ts');
    writeFileSync(source, 'const two: number = 2; console.log(two);');
    expect(execFileSync(process.execPath, [...agentFlagsFor(source), source], { encoding: 'utf8' })).toBe('2\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
