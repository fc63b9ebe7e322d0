/*
 * What a Redfish service answers is trusted in nothing: any field can be missing, null or of another type. Asking for one
 * that is not there gives null or nothing, never 0.
 */

export type Resource = Readonly<Record<string, unknown>>;

export const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object under that path of names; an empty one where there is none. */
export function part(from: Resource, ...path: readonly string[]): Resource {
  let at: unknown = from;
  for (const name of path) at = isResource(at) ? at[name] : undefined;
  return isResource(at) ? at : {};
}

export function parts(from: Resource, name: string): Resource[] {
  const list = from[name];
  return Array.isArray(list) ? list.filter(isResource) : [];
}

/** The first of those fields that is a finite number. */
export function number(from: Resource, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = from[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return null;
}

/** The first of those fields that is a text with something in it, without control characters. */
export function text(from: Resource, ...names: readonly string[]): string {
  for (const name of names) {
    const value = from[name];
    if (typeof value !== 'string') continue;
    const told = value.replace(/\p{Cc}/gu, ' ').trim();
    if (told !== '') return told;
  }
  return '';
}

/** A link to another resource of the same service; null for anything else, above all for another host. */
export function link(from: Resource): string | null {
  const path = from['@odata.id'];
  return typeof path === 'string' && /^\/(?!\/)[\x21-\x7e]{0,500}$/.test(path) ? path : null;
}

export function links(from: Resource, name: string): string[] {
  return parts(from, name).flatMap((each) => link(each) ?? []);
}
