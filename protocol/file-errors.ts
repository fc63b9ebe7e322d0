import type * as z from 'zod';
import { allowedByAny, allowedKey, fieldsOf, schemasAt } from './allowed.ts';
import { nearest } from './nearest.ts';
import type { Path, YamlDocument } from './yaml-tree.ts';

/* What is wrong with a YAML file, as errors that name line, field, value and what is allowed. */

/** One thing that is wrong with a file, for people and machines. */
export interface FileError {
  readonly file: string;
  readonly line: number; // from 1
  readonly column: number; // from 1
  readonly field: string; // `runtime.command[1]`; '' for the document itself
  readonly value: string; // as JSON, shortened; '' where something is missing
  readonly allowed: string;
  readonly message: string; // all of it in one line
}

/** One issue of zod as errors that a person can act on. */
export function explained(issue: z.core.$ZodIssue, document: YamlDocument, file: string, root: z.ZodType): FileError[] {
  const path = issue.path as Path;
  const schemas = schemasAt(root, path, document.value);
  const [schema = null] = schemas;
  const value = valueAt(document.value, path);
  if (issue.code === 'unrecognized_keys') {
    const fields = fieldsOf(schema);
    return issue.keys.map((key) => {
      const meant = nearest(key, fields);
      const allowed = `one of ${fields.join(', ')}`;
      const complaint = `${fieldName([...path, key])} is not a known field${meant ? `; did you mean ${meant}?` : `; known are ${fields.join(', ')}`}`;
      return errorAt(file, document, [...path, key], { allowed, complaint, value: valueAt(value, [key]), atKey: true });
    });
  }
  if (issue.code === 'invalid_key') {
    const [allowed] = schemasAt(root, path.slice(0, -1), document.value);
    const key = path.at(-1);
    const rule = allowed ? allowedKey(allowed) : 'a name';
    const complaint = `the name ${shown(key)} is not allowed in ${fieldName(path.slice(0, -1))}; it must be ${rule}`;
    return [errorAt(file, document, path, { allowed: rule, value: key, complaint, atKey: true })];
  }
  if (issue.code === 'invalid_union') {
    const meant = optionMeant(issue.errors);
    if (meant)
      return meant.flatMap((inner) => explained({ ...inner, path: [...path, ...inner.path] }, document, file, root));
  }
  const allowed =
    !schema || (issue.code === 'custom' && schema.description === undefined) ? issue.message : allowedByAny(schemas);
  return [errorAt(file, document, path, { value, allowed })];
}

/** The only option of a union whose fields are those given: what is wrong there is what is wrong. */
function optionMeant(options: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | null {
  const fitting = options.filter((issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0));
  return fitting.length === 1 ? fitting[0]! : null;
}

interface Wrong {
  readonly allowed: string;
  readonly value?: unknown;
  readonly complaint?: string; // instead of "… is not allowed; it must be …"
  readonly hint?: string;
  readonly atKey?: boolean; // the key is wrong, not the value
}

export function errorAt(file: string, document: YamlDocument | null, path: Path, wrong: Wrong): FileError {
  const place = document ? (wrong.atKey ? document.keyPlaceOf(path) : document.placeOf(path)) : { line: 1, column: 1 };
  const field = fieldName(path);
  const missing = wrong.value === undefined;
  const said = missing ? 'is missing' : `${shown(wrong.value)} is not allowed`;
  const hints = [wrong.hint ?? '', quotesHint(wrong)].filter((hint) => hint !== '');
  const complaint =
    wrong.complaint ??
    `${field === '' ? '' : missing ? `${field} ` : `${field}: `}${said}; it must be ${wrong.allowed}${hints.map((hint) => ` (${hint})`).join('')}`;
  return {
    file,
    line: place.line,
    column: place.column,
    field,
    value: missing ? '' : shown(wrong.value),
    allowed: wrong.allowed,
    message: `${file}:${place.line}: ${complaint}`,
  };
}

/** `PORT: 8080` is a number in YAML where text is wanted. */
function quotesHint({ value, allowed }: Wrong): string {
  const plain = typeof value === 'number' || typeof value === 'boolean';
  return plain && allowed.startsWith('text') ? `in quotes: "${value}"` : '';
}

/** A value as it is shown in an error: short, and on one line. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (isMapping(value)) return shownMapping(Object.keys(value));
  if (value === null) return 'an empty value';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 80 ? text : `${text.slice(0, 76)}…${typeof value === 'string' ? '"' : ''}`;
}

function shownMapping(fields: readonly string[]): string {
  if (fields.length === 0) return 'a mapping without fields';
  const some = fields.slice(0, 5).map((field) => field.slice(0, 30));
  return `a mapping with ${some.join(', ')}${fields.length > some.length ? ', …' : ''}`;
}

/** `runtime.command[1]`; a key that is no plain word is quoted. */
export function fieldName(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : (index === 0 ? '' : '.') + wordOf(key)))
    .join('');
}

function wordOf(key: string): string {
  return /^[\w-]{1,80}$/.test(key) ? key : shown(key);
}

export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
