import type * as z from 'zod';
import { errorAt, explained, type FileError, fieldName, isMapping, valueAt } from './file-errors.ts';
import { readQuantity } from './quantity.ts';
import { AppSpec, Probe } from './spec.ts';
import { type Conflict, conflictsIn } from './spec-conflicts.ts';
import { type Path, readYaml, type YamlDocument } from './yaml-tree.ts';

/*
 * A file of application specs, one YAML document each → specs in normal form, or everything that is wrong with them at
 * once: where, which field, which value, and what is allowed instead.
 */

export type SpecFile =
  | { readonly ok: true; readonly specs: AppSpec[] }
  | { readonly ok: false; readonly errors: FileError[] };

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

function readSpec(document: YamlDocument, file: string): { spec: AppSpec | null; errors: FileError[] } {
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
      ...issues.flatMap((issue) => explained(issue, document, file, AppSpec)),
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
  wrongAt: (path: Path, value: unknown, allowed: string) => FileError,
): { value: Record<string, unknown>; errors: FileError[] } {
  if (!isMapping(value.demand)) return { value, errors: [] };
  const errors: FileError[] = [];
  const demand: Record<string, unknown> = Object.create(null);
  for (const [resource, wanted] of Object.entries(value.demand)) {
    const quantity = readQuantity(resource, wanted);
    demand[resource] = quantity.ok ? quantity.amount : 0;
    if (!quantity.ok) errors.push(wrongAt(['demand', resource], wanted, quantity.allowed));
  }
  return { value: { ...value, demand }, errors };
}

const PROBES = ['readiness', 'liveness'] as const;
type ProbeName = (typeof PROBES)[number];

/** Which probe an issue is about: zod reports a union now as a whole, now as one of its options. */
function probeIn({ path: [first, second] }: z.core.$ZodIssue): ProbeName | null {
  return first === 'probes' ? (PROBES.find((name) => name === second) ?? null) : null;
}

const PROBE_KINDS = ['http', 'tcp', 'command'] as const;

/** A probe is one of three: says what is wrong with the one that was meant, and nothing about the other two. */
function probeErrors(name: ProbeName, document: YamlDocument, file: string): FileError[] {
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
function doubles(documents: readonly YamlDocument[], file: string): FileError[] {
  const seen = new Map<unknown, YamlDocument>();
  return documents.flatMap((document) => {
    const name = isMapping(document.value) ? document.value.name : undefined;
    if (typeof name !== 'string') return [];
    const earlier = seen.get(name);
    if (earlier === undefined) seen.set(name, document);
    return earlier === undefined
      ? []
      : [
          errorAt(file, document, ['name'], {
            value: name,
            allowed: `a name of its own; line ${earlier.placeOf(['name']).line} has it already`,
          }),
        ];
  });
}

/** A spec in normal form → text that `parseSpecs` reads back as the same spec (there, plain cpu numbers are cores). */
export function writeSpec(spec: AppSpec): string {
  const demand = Object.entries(spec.demand).map(([resource, amount]) => [
    resource,
    resource === 'cpu' ? `${amount}m` : amount,
  ]);
  return JSON.stringify({ ...spec, demand: Object.fromEntries(demand) });
}
