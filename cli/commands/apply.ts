import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import type { Accepted } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import type { AppSpec } from '../../protocol/spec.ts';
import { parseSpecs, writeSpec } from '../../protocol/spec-file.ts';
import type { AppView } from '../../protocol/view.ts';
import { acceptedLine } from '../accepted.ts';
import { clean } from '../clean-text.ts';
import type { ApiClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { waitingFor } from '../progress.ts';
import { print, printJson } from '../terminal.ts';

export function addApply(program: Command): void {
  program
    .command('apply')
    .summary('run the applications that files describe')
    .description(
      'Runs the applications that YAML or JSON files describe, and keeps them running. Every file is read and checked before anything is changed.',
    )
    .argument('<file...>', 'files with one or more applications; - reads standard input')
    .option('--dry-run', 'only check the files and say what would change')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'evenkeel apply web.yaml queue.yaml',
        'evenkeel apply --dry-run web.yaml',
        'cat web.yaml | evenkeel apply -',
      ),
    )
    .action(async (files: string[], options: { dryRun?: boolean; json?: boolean }, command: Command) => {
      const specs = await readSpecs(files);
      const client = clientOf(command);
      const results = options.dryRun ? await compare(client, specs) : await applyAll(client, specs, !options.json);
      if (options.json) printJson(results);
      else if (options.dryRun)
        for (const { app, notes } of results) print(`${clean(app)}: ${notes.map(clean).join('; ')}`);
    });
}

interface Result {
  readonly app: string;
  readonly accepted: boolean;
  readonly notes: readonly string[];
}

/** All files whole, or everything that is wrong with any of them. */
async function readSpecs(files: readonly string[]): Promise<AppSpec[]> {
  const errors: string[] = [];
  const specs: AppSpec[] = [];
  const origin = new Map<string, string>();
  for (const file of files) {
    const name = file === '-' ? 'standard input' : file;
    const result = parseSpecs(await readText(file, name), name);
    if (!result.ok) {
      errors.push(...result.errors.map(({ message }) => message));
      continue;
    }
    for (const spec of result.specs) {
      const earlier = origin.get(spec.name);
      if (earlier !== undefined) errors.push(`${name}: the application ${spec.name} is in ${earlier} too`);
      origin.set(spec.name, name);
      specs.push(spec);
    }
  }
  if (errors.length > 0) throw new OperatingError('SPEC_INVALID', `${errors.join('\n')}\nNothing was applied.`);
  return specs;
}

async function readText(file: string, name: string): Promise<string> {
  try {
    const bytes = file === '-' ? await readStandardInput() : await readFile(file);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const why = cause instanceof TypeError ? 'it is not UTF-8 text' : (cause as Error).message;
    throw new OperatingError('FILE_UNREADABLE', `cannot read ${name}: ${why}`, { cause });
  }
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** One after the other, in the order of the files. Stops at the first that is refused, saying what was done before. */
async function applyAll(client: ApiClient, specs: readonly AppSpec[], talk: boolean): Promise<Result[]> {
  const results: Result[] = [];
  for (const spec of specs) {
    try {
      const put = client.put<Accepted>(`/apps/${encodeURIComponent(spec.name)}`, writeSpec(spec));
      const { notes } = await waitingFor(`applying ${spec.name}`, put);
      results.push({ app: spec.name, accepted: true, notes });
      if (talk) print(acceptedLine(spec.name, notes));
    } catch (error) {
      const done = results.map(({ app }) => app).join(', ') || 'none';
      if (error instanceof OperatingError) error.message = `${spec.name}: ${error.message}\nApplied before: ${done}.`;
      throw error;
    }
  }
  return results;
}

/** What would change, as far as the coordinator can be asked. */
async function compare(client: ApiClient, specs: readonly AppSpec[]): Promise<Result[]> {
  const apps = await waitingFor('asking the coordinator', client.get<AppView[]>('/apps')).catch((error: unknown) => {
    if (error instanceof OperatingError && error.code === 'COORDINATOR_UNREACHABLE') return null;
    throw error;
  });
  return specs.map((spec) => {
    const before = apps?.find(({ app }) => app === spec.name)?.spec;
    const notes = apps === null ? ['valid (no coordinator to compare with)'] : differences(before, spec);
    return { app: spec.name, accepted: false, notes };
  });
}

function differences(before: AppSpec | undefined, after: AppSpec): string[] {
  if (!before) return ['would be new'];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof AppSpec)[];
  const changed = fields.filter((field) => !isDeepStrictEqual(plainOf(before[field]), plainOf(after[field])));
  return changed.length === 0
    ? ['would stay as it is']
    : changed.map((field) => `${field} would change from ${shown(before[field])} to ${shown(after[field])}`);
}

/** As it looks after a journey through JSON. */
const plainOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
