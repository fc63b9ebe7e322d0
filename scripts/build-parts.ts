import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { runQuietly } from './child.mjs';
import { findPrograms, PROGRAM_FOLDERS } from './programs.ts';
import { ROOT } from './runtime.mjs';

/** One part of dist/: what it is made from, what shows that it is there, and how it is made. */
export interface Part {
  readonly name: string;
  /** Files and folders; the build repeats when one of them changes. */
  readonly sources: readonly string[];
  readonly isPresent: () => Promise<boolean> | boolean;
  readonly build: () => Promise<void>;
}

const DIST = join(ROOT, 'dist');
const inDist = (...files: string[]) => files.every((file) => existsSync(join(DIST, file)));
/** What a part depends on beside its sources: the tools' versions, and how it is built. */
const TOOLS = ['package-lock.json', 'scripts/build-parts.ts', 'scripts/programs.ts'];

/**
 * Bundled CommonJS packages call `require` for Node's own modules and ask for their folder, neither of which an ES module
 * has. The long names keep clear of what packages import themselves. And Node no longer sees that they are packages, about
 * whose deprecated calls (mqtt's of url.parse) it would keep quiet.
 */
const COMMONJS_SHIM = `import { createRequire as evenkeelCreateRequire } from 'node:module';
const require = evenkeelCreateRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;
process.noDeprecation = true;`;

/**
 * Node's own modules as the objects that they are. An `import` reads every export of theirs, and with that loads whatever Node
 * gives only to those who ask: of `http` all of fetch, of `crypto` all of WebCrypto, which is megabytes for each thread.
 */
/** Loaded with their first use. */
const SELDOM_NEEDED = new Set(['crypto', 'fs/promises', 'http', 'https', 'tls', 'zlib'].map((name) => `node:${name}`));
export const BUILTINS_AS_OBJECTS: Plugin = {
  name: 'builtins-as-objects',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const module = `process.getBuiltinModule(${JSON.stringify(path)})`;
      if (!SELDOM_NEEDED.has(path)) return { contents: `module.exports = ${module};` };
      const names = JSON.stringify(Object.keys(process.getBuiltinModule(path) ?? {}));
      return {
        contents: `let loaded;
for (const name of ${names})
  Object.defineProperty(exports, name, { enumerable: true, get: () => (loaded ??= ${module})[name] });`,
      };
    });
  },
};

/** MQTT's codec calls `debug` several times for each packet; nobody switches it on. */
const NO_DEBUG: Plugin = {
  name: 'no-debug',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'no-debug' }));
    onLoad({ filter: /.*/, namespace: 'no-debug' }, () => ({ contents: 'module.exports = () => () => {};' }));
  },
};

async function buildSolver(): Promise<void> {
  const { code, output } = await runQuietly(process.execPath, ['scripts/build-solver.ts'], { cwd: ROOT });
  if (code !== 0) throw new Error(`scripts/build-solver.ts failed with exit code ${code}:\n${output}`);
}

/** What runs for as long as the agent, and needs little: a part that it shared with others would hold what those need too. */
const ALONE = ['heartbeat-worker', 'guard'];

async function buildPrograms(): Promise<void> {
  const programs = Object.entries(await findPrograms(ROOT));
  const isAlone = ([name]: (typeof programs)[number]) => ALONE.includes(name);
  const alone = programs.filter(isAlone);
  assert(alone.length === ALONE.length);
  const written = [
    ...(await bundle(Object.fromEntries(alone), false)),
    ...(await bundle(Object.fromEntries(programs.filter((program) => !isAlone(program))), true)),
  ];
  const fresh = new Set(written.map((file) => basename(file)));
  for (const file of await readdir(DIST)) {
    if (/\.js(\.map)?$/.test(file) && !fresh.has(file)) await rm(join(DIST, file));
  }
}

/** Name in dist → source; with what they share in files of its own, or with all in each. Gives the files written. */
async function bundle(entryPoints: Record<string, string>, splitting: boolean): Promise<string[]> {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    splitting,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    sourcemap: true,
    // Each thread keeps the whole text in memory, twice the size when one letter is not ASCII, as comments hold them.
    minifyWhitespace: true,
    alias: { 'readable-stream': 'node:stream' }, // a copy of Node's own, for browsers
    plugins: [BUILTINS_AS_OBJECTS, NO_DEBUG],
    banner: { js: COMMONJS_SHIM },
    chunkNames: 'chunk-[hash]', // flat: `sibling` looks for files beside the one that asks
    metafile: true,
    logLevel: 'silent', // its errors come back as an exception
  });
  return Object.keys(metafile.outputs);
}

async function copyDemoApps(): Promise<void> {
  await rm(join(DIST, 'demo-apps'), { recursive: true, force: true });
  await cp(join(ROOT, 'cli/demo/apps'), join(DIST, 'demo-apps'), { recursive: true });
}

async function buildPage(): Promise<void> {
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, 'dashboard/vite.config.ts'), logLevel: 'warn' });
}

export const PARTS: readonly Part[] = [
  {
    name: 'the solver',
    sources: ['package-lock.json', 'scripts/build-solver.ts', 'scripts/solver-options.ts', 'assembly'],
    isPresent: () => inDist('solver.wasm', 'solver-checked.wasm'),
    build: buildSolver,
  },
  {
    name: 'the programs',
    sources: [...TOOLS, 'tsconfig.json', ...PROGRAM_FOLDERS],
    isPresent: async () => inDist(...Object.keys(await findPrograms(ROOT)).map((name) => `${name}.js`)),
    build: buildPrograms,
  },
  {
    name: "the demo's applications",
    sources: ['scripts/build-parts.ts', 'cli/demo/apps'],
    isPresent: () => inDist('demo-apps'),
    build: copyDemoApps,
  },
  {
    name: 'the page',
    sources: [...TOOLS, 'dashboard', 'protocol'],
    isPresent: () => inDist('dashboard/index.html'),
    build: buildPage,
  },
];
