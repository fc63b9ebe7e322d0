import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { AgentConfigFile } from '../../agent/config.ts';
import { CoordinatorConfigFile } from '../../coordinator/config.ts';
import { DEFAULT_SETTINGS } from '../../coordinator/core/settings.ts';
import { ROOT } from '../../scripts/runtime.mjs';

/** What of a JSON schema is read here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** The fields that hold a value, with their folders' names: `http.port`. */
function fieldsOf(schema: Schema, path = ''): string[] {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return [...new Set(alternatives.flatMap((each) => fieldsOf(each, path)))];
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([name, each]) => fieldsOf(each, path ? `${path}.${name}` : name));
}
const fieldsOfFile = (file: z.ZodType) =>
  fieldsOf(z.toJSONSchema(file, { io: 'input', unrepresentable: 'any' }) as Schema);

/** Field → default, from a table of docs/operating.md. */
function listed(heading: string): Map<string, string> {
  const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
  const section = page.split(/^### /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([a-zA-Z.]+)` \| (.*?) \| .+ \|$/gm)];
  return new Map(rows.map(([, field, preset]) => [field ?? '', preset ?? '']));
}

test.each([
  ['Agent', AgentConfigFile],
  ['Coordinator', CoordinatorConfigFile],
])('the page lists every field of the configuration: %s', (heading, file) => {
  expect([...listed(heading).keys()].sort()).toEqual(fieldsOfFile(file).sort());
});

/** All numbers in it, with their folders' names. */
function numbersOf(value: unknown, path: string): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  return Object.entries(value as object).flatMap(([name, each]) => numbersOf(each, `${path}.${name}`));
}

test('the page gives the defaults of the settings', () => {
  const { bmc: _, ...settings } = DEFAULT_SETTINGS; // follows from the configured BMCs
  const flat = numbersOf(settings, 'settings');
  const shown = [...listed('Coordinator')].filter(([field]) => field.startsWith('settings.'));
  const numbers = shown.filter(([, preset]) => preset !== 'none').map(([field, preset]) => [field, Number(preset)]);
  expect(Object.fromEntries(numbers)).toEqual(Object.fromEntries(flat));
});
