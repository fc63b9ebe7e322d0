import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { OperatingError } from './errors.ts';
import { explained } from './file-errors.ts';
import { readYaml } from './yaml-tree.ts';

/** The text of a configuration file. Throws FILE_UNREADABLE. */
export function readConfigText(path: string, whose: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    throw new OperatingError('FILE_UNREADABLE', `cannot read ${whose} configuration ${path}: ${why}`, { cause });
  }
}

/** A configuration in YAML → what its schema makes of it. Throws CONFIG_INVALID with a line for everything that is wrong. */
export function parseConfig<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const yaml = readYaml(text);
  if (!yaml.ok) throw invalid(yaml.errors.map(({ line, message }) => `${file}:${line}: ${message}`));
  const [document, second] = yaml.documents;
  if (second) throw invalid([`${file}:${second.start.line}: a configuration is one document, and here begins another`]);
  if (!document) return parseConfig('{}', file, schema);
  const result = schema.safeParse(document.value ?? {});
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.flatMap((issue) => explained(issue, document, file, schema)).map(({ message }) => message),
  );
}

function invalid(lines: readonly string[]): OperatingError {
  return new OperatingError('CONFIG_INVALID', [...new Set(lines)].join('\n'));
}
