import type * as z from 'zod';

/*
 * What a schema allows, in words that go after "it must be": for errors that name more than the one rule that was
 * broken. A schema's own `.describe(…)` wins, which is how patterns get readable.
 */

interface Check {
  readonly check?: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly prefix?: string;
}

/** The part of a zod schema's definition that is read here. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly checks?: readonly { readonly _zod: { readonly def: Check } }[];
}
const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

/** Without what only says that it may be left out. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  const { innerType } = definitionOf(schema);
  return innerType && schema.description === undefined ? unwrapped(innerType) : schema;
}

/**
 * The schemas of what lies at a path: one, or of unions those of each option that `value` may be meant as. None where there
 * is nothing at the path.
 */
export function schemasAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): z.ZodType[] {
  if (path.length === 0 && unwrapped(schema).description !== undefined) return [schema];
  const { shape, element, valueType, options }: Definition = definitionOf(unwrapped(schema));
  if (options) {
    const meant = options.filter((option) => mayMean(option, value));
    return (meant.length > 0 ? meant : options).flatMap((option) => schemasAt(option, path, value));
  }
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner = shape ? (Object.hasOwn(shape, key) ? shape[String(key)] : undefined) : (element ?? valueType);
  const within = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  return inner ? schemasAt(inner, rest, within) : [];
}

/** Whether what tells options apart (`kind: ipmi`) agrees with this one. */
function mayMean(option: z.ZodType, value: unknown): boolean {
  const { shape, options }: Definition = definitionOf(unwrapped(option));
  if (options) return options.some((each) => mayMean(each, value));
  if (!shape || typeof value !== 'object' || value === null) return true;
  return Object.entries(shape).every(([field, schema]) => {
    const { type, values }: Definition = definitionOf(unwrapped(schema));
    const given = (value as Record<string, unknown>)[field];
    return type !== 'literal' || given === undefined || (values ?? []).includes(given);
  });
}

/** Names of the fields of an object's schema; none for any other. */
export function fieldsOf(schema: z.ZodType | null): string[] {
  return Object.keys((schema && definitionOf(unwrapped(schema)).shape) ?? {});
}

/** What any one of some schemas allows. */
export function allowedByAny(schemas: readonly z.ZodType[]): string {
  return [...new Set(schemas.map(allowedBy))].join(', or ');
}

export function allowedBy(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  const inner = unwrapped(schema);
  if (inner.description !== undefined) return inner.description;
  const definition = definitionOf(inner);
  const checks = (definition.checks ?? []).map((check) => check._zod.def);
  switch (definition.type) {
    case 'number':
      return `a ${definition.format === 'safeint' ? 'whole ' : ''}number${range(checks)}`;
    case 'string':
      return `text${beginning(checks)}${lengths(checks, 'characters')}`;
    case 'boolean':
      return 'true or false';
    case 'enum':
      return oneOf(Object.values(definition.entries ?? {}));
    case 'literal':
      return oneOf(definition.values ?? []);
    case 'array':
      return `a list${lengths(checks, 'entries')}${definition.element ? `, each ${allowedBy(definition.element)}` : ''}`;
    case 'record':
      return 'a mapping of names to values';
    case 'object':
      return `a mapping with the fields ${fieldsOf(inner).join(', ')}`;
    case 'union':
      return (definition.options ?? []).map(allowedBy).join(', or ');
    default:
      return definition.type;
  }
}

/** What a record's keys may be. */
export function allowedKey(schema: z.ZodType): string {
  const { keyType } = definitionOf(unwrapped(schema));
  return keyType ? allowedBy(keyType) : 'a name';
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => String(value));
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function range(checks: readonly Check[]): string {
  const low = checks.find(({ check }) => check === 'greater_than');
  const high = checks.find(({ check }) => check === 'less_than');
  if (low && !low.inclusive) return ` above ${low.value}${high ? `, at most ${high.value}` : ''}`;
  if (low && high) return ` from ${low.value} to ${high.value}`;
  return low ? ` of at least ${low.value}` : high ? ` of at most ${high.value}` : '';
}

function beginning(checks: readonly Check[]): string {
  const prefix = checks.find((each) => each.prefix !== undefined)?.prefix;
  return prefix === undefined ? '' : ` that starts with ${prefix}`;
}

function lengths(checks: readonly Check[], of: string): string {
  const least = checks.find(({ check }) => check === 'min_length')?.minimum;
  const most = checks.find(({ check }) => check === 'max_length')?.maximum;
  if (least !== undefined && most !== undefined) return ` of ${least} to ${most} ${of}`;
  return most !== undefined ? ` of at most ${most} ${of}` : least !== undefined ? ` of at least ${least} ${of}` : '';
}
