import type * as z from 'zod';
import { allowedBy, allowedKey, fieldsOf, schemaAt } from './allowed.ts';
import { nearest } from './nearest.ts';
import { readQuantity } from './quantity.ts';
import { AppSpec, Probe } from './spec.ts';
import { type Conflict, conflictsIn } from './spec-conflicts.ts';
import { type Path, readYaml, type YamlDocument } from './yaml-tree.ts';

/*
 * A file of application specs, one YAML document each → specs in normal form, or everything that is wrong with them at
 * once: where, which field, which value, and what is allowed instead.
 */

export interface SpecError {
  readonly file: string;
  readonly line: number; // from 1
  readonly column: number; // from 1
  readonly field: string; // `runtime.command[1]`; '' for the document itself
  readonly value: string; // as JSON, shortened; '' where something is missing
  readonly allowed: string;
  readonly message: string; // all of it in one line
}
export type SpecFile =
  | { readonly ok: true; readonly specs: AppSpec[] }
  | { readonly ok: false; readonly errors: SpecError[] };

export function parseSpecs(text: string, fileName: string): SpecFile {
  const yaml = readYaml(text);
  if (!yaml.ok)
    return {
      ok: false,
      errors: yaml.errors.map(({ line, column, message }) => ({
        ...{
          file: fileName,
          line,
          column,
          field: '',
          value: '',
          allowed: 'YAML or JSON, one application per document',
        },
        message: `${fileName}:${line}: ${message}`,
      })),
    };
  const read = yaml.documents.map((document) => readSpec(document, fileName));
  const errors = read.flatMap((each) => each.errors);
  if (read.length === 0)
    errors.push(
      errorAt(fileName, null, [], { allowed: 'at least one application', complaint: 'holds no application' }),
    );
  errors.push(...doubles(yaml.documents, fileName));
  if (errors.length > 0) return { ok: false, errors: errors.sort((a, b) => a.line - b.line || a.column - b.column) };
  return { ok: true, specs: read.flatMap(({ spec }) => (spec ? [spec] : [])) };
}

function readSpec(document: YamlDocument, file: string): { spec: AppSpec | null; errors: SpecError[] } {
  if (!isMapping(document.value)) {
    const allowed = 'a mapping with the fields of one application; several are separated by lines of ---';
    return { spec: null, errors: [errorAt(file, document, [], { allowed, value: document.value })] };
  }
  const { value, errors: amounts } = normalised(document.value, (path, wrong, allowed) =>
    errorAt(file, document, path, { value: wrong, allowed }),
  );
  const result = AppSpec.safeParse(value);
  if (!result.success) {
    const issues = result.error.issues.filter((issue) => probeIn(issue) === null);
    const probes = new Set(result.error.issues.map(probeIn).filter((kind) => kind !== null));
    const errors = [
      ...issues.flatMap((issue) => explained(issue, document, file)),
      ...[...probes].flatMap((kind) => probeErrors(kind, document, file)),
    ];
    return { spec: null, errors: [...amounts, ...errors] };
  }
  const conflicts = conflictsIn(result.data).map(({ path, allowed }: Conflict) =>
    errorAt(file, document, path, { value: valueAt(document.value, path), allowed }),
  );
  return { spec: result.data, errors: [...amounts, ...conflicts] };
}

/** Demands as integers in base units. One that is wrong counts as 0 from here on, so that it is reported once. */
function normalised(
  value: Record<string, unknown>,
  wrongAt: (path: Path, value: unknown, allowed: string) => SpecError,
): { value: Record<string, unknown>; errors: SpecError[] } {
  if (!isMapping(value.demand)) return { value, errors: [] };
  const errors: SpecError[] = [];
  const demand: Record<string, unknown> = Object.create(null);
  for (const [resource, wanted] of Object.entries(value.demand)) {
    const quantity = readQuantity(resource, wanted);
    demand[resource] = quantity.ok ? quantity.amount : 0;
    if (!quantity.ok) errors.push(wrongAt(['demand', resource], wanted, quantity.allowed));
  }
  return { value: { ...value, demand }, errors };
}

/** One issue of zod as errors that a person can act on. */
function explained(
  issue: z.core.$ZodIssue,
  document: YamlDocument,
  file: string,
  root: z.ZodType = AppSpec,
): SpecError[] {
  const path = issue.path as Path;
  const schema = schemaAt(root, path);
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
    const allowed = schemaAt(root, path.slice(0, -1));
    const key = path.at(-1);
    const rule = allowed ? allowedKey(allowed) : 'a name';
    const complaint = `the name ${shown(key)} is not allowed in ${fieldName(path.slice(0, -1))}; it must be ${rule}`;
    return [errorAt(file, document, path, { allowed: rule, value: key, complaint, atKey: true })];
  }
  return [errorAt(file, document, path, { value, allowed: schema ? allowedBy(schema) : issue.message })];
}

const PROBES = ['readiness', 'liveness'] as const;
type ProbeName = (typeof PROBES)[number];

/** Which probe an issue is about: zod reports a union now as a whole, now as one of its options. */
function probeIn({ path: [first, second] }: z.core.$ZodIssue): ProbeName | null {
  return first === 'probes' ? (PROBES.find((name) => name === second) ?? null) : null;
}

const PROBE_KINDS = ['http', 'tcp', 'command'] as const;

/** A probe is one of three: says what is wrong with the one that was meant, and nothing about the other two. */
function probeErrors(name: ProbeName, document: YamlDocument, file: string): SpecError[] {
  const path: Path = ['probes', name];
  const value = valueAt(document.value, path);
  const kinds = isMapping(value) ? PROBE_KINDS.filter((kind) => Object.hasOwn(value, kind)) : [];
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const allowed = 'a mapping with exactly one of http, tcp and command, as in http: { port: http, path: /health }';
    return [
      errorAt(file, document, path, { allowed, value, hint: kinds.length > 1 ? `it has ${kinds.join(' and ')}` : '' }),
    ];
  }
  const option = Probe.options[PROBE_KINDS.indexOf(kind)]!;
  const result = option.safeParse(value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    const inner = { value, placeOf: at(document.placeOf, path), keyPlaceOf: at(document.keyPlaceOf, path) };
    return explained(issue, { ...inner, start: document.placeOf(path) }, file, option).map((error) => {
      const field = `${fieldName(path)}.${error.field}`;
      return { ...error, field, message: error.message.replace(error.field, () => field) };
    });
  });
}

const at =
  (place: YamlDocument['placeOf'], path: Path): YamlDocument['placeOf'] =>
  (rest) =>
    place([...path, ...rest]);

/** Two documents of one name: the later would silently replace the earlier. */
function doubles(documents: readonly YamlDocument[], file: string): SpecError[] {
  const seen = new Map<unknown, number>();
  return documents.flatMap((document) => {
    const name = isMapping(document.value) ? document.value.name : undefined;
    if (typeof name !== 'string') return [];
    const { line } = document.placeOf(['name']);
    const earlier = seen.get(name);
    if (earlier === undefined) seen.set(name, line);
    return earlier === undefined
      ? []
      : [
          errorAt(file, document, ['name'], {
            value: name,
            allowed: `a name of its own; line ${earlier} has it already`,
          }),
        ];
  });
}

interface Wrong {
  readonly allowed: string;
  readonly value?: unknown;
  readonly complaint?: string; // instead of "… is not allowed; it must be …"
  readonly hint?: string;
  readonly atKey?: boolean; // the key is wrong, not the value
}

function errorAt(file: string, document: YamlDocument | null, path: Path, wrong: Wrong): SpecError {
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
function fieldName(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : (index === 0 ? '' : '.') + wordOf(key)))
    .join('');
}

function wordOf(key: string): string {
  return /^[\w-]{1,80}$/.test(key) ? key : shown(key);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A spec in normal form → text that `parseSpecs` reads back as the same spec (there, plain cpu numbers are cores). */
export function writeSpec(spec: AppSpec): string {
  const demand = Object.entries(spec.demand).map(([resource, amount]) => [
    resource,
    resource === 'cpu' ? `${amount}m` : amount,
  ]);
  return JSON.stringify({ ...spec, demand: Object.fromEntries(demand) });
}
