import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml';

/*
 * YAML text → plain values that remember where each stood. Bounded in size, in depth and in what aliases unfold to, so
 * that no text can make it slow or large; a key that is there twice is an error. JSON is read too, being YAML's subset: as a
 * program writes it in a fifth of the time, since where things stand is worked out only when somebody asks.
 */

export const MAX_SPEC_BYTES = 1_048_576;
const MAX_DEPTH = 32;
const MAX_VALUES = 100_000;

export interface Place {
  readonly line: number; // from 1
  readonly column: number; // from 1
}
export type Path = readonly (string | number)[];

export interface YamlDocument {
  readonly value: unknown;
  readonly start: Place;
  /** Where the value of a path stands; for one that is missing, where the mapping that lacks it stands. */
  readonly placeOf: (path: Path) => Place;
  /** Where the key of a path stands. */
  readonly keyPlaceOf: (path: Path) => Place;
}
export interface YamlError extends Place {
  readonly message: string;
}
export type YamlResult =
  | { readonly ok: true; readonly documents: readonly YamlDocument[] }
  | { readonly ok: false; readonly errors: readonly YamlError[] };

/** Never throws. */
export function readYaml(text: string): YamlResult {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_SPEC_BYTES) return failure(`${bytes} bytes; at most ${MAX_SPEC_BYTES} are allowed`);
  const written = text.startsWith('{') ? writtenJson(text) : null;
  return written ? { ok: true, documents: [written] } : parsed(text);
}

/**
 * JSON that comes out the same when it is written again: no key is there twice, no number loses digits, and nothing in it
 * could be meant in another way. Null for anything else.
 */
function writtenJson(text: string): YamlDocument | null {
  let value: unknown;
  try {
    const json: unknown = JSON.parse(text);
    if (JSON.stringify(json) !== text) return null;
    value = withoutPrototypes(json, 0, { values: 0 });
  } catch {
    return null; // the parser of YAML says what is wrong with it
  }
  let document: YamlDocument | null = null;
  const placed = (): YamlDocument | null => {
    if (document) return document;
    const yaml = parsed(text);
    document = yaml.ok ? (yaml.documents[0] ?? null) : null;
    return document;
  };
  const start = { line: 1, column: 1 };
  return {
    value,
    start,
    placeOf: (path) => placed()?.placeOf(path) ?? start,
    keyPlaceOf: (path) => placed()?.keyPlaceOf(path) ?? start,
  };
}

function withoutPrototypes(value: unknown, depth: number, count: { values: number }): unknown {
  if (++count.values > MAX_VALUES || depth > MAX_DEPTH) throw new RangeError('too much');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutPrototypes(item, depth + 1, count));
  const mapping: Record<string, unknown> = Object.create(null);
  for (const [name, item] of Object.entries(value)) mapping[name] = withoutPrototypes(item, depth + 1, count);
  return mapping;
}

function parsed(text: string): YamlResult {
  if (tooDeep(text)) return failure(`nested deeper than ${MAX_DEPTH} levels`);
  const lines = new LineCounter();
  let all: ReturnType<typeof parseAllDocuments>;
  try {
    all = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    return failure(error instanceof RangeError ? 'nested too deep' : `not YAML: ${String(error)}`);
  }
  const errors: YamlError[] = [];
  const documents: YamlDocument[] = [];
  if ('empty' in all)
    for (const problem of all.errors) errors.push({ ...placeAt(lines, problem.pos[0]), message: problem.message });
  for (const document of all) {
    for (const problem of [...document.errors, ...document.warnings])
      errors.push({ ...placeAt(lines, problem.pos[0]), message: `not valid YAML: ${problem.message}` });
    if (document.errors.length > 0) continue;
    const reader = new Reader(document, lines);
    const result = reader.read();
    if ('error' in result) errors.push(result.error);
    else if (result.document.value !== null) documents.push(result.document);
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, documents };
}

function failure(message: string): YamlResult {
  return { ok: false, errors: [{ line: 1, column: 1, message }] };
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/**
 * Composing nodes calls itself for each level. Brackets within quotes count here too, which does no harm: they are taken
 * back by their closing ones, and a spec with hundreds of lone ones in text does not exist.
 */
function tooDeep(text: string): boolean {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === 0x7b) {
      if (++open > 500) return true;
    } else if ((c === 0x5d || c === 0x7d) && open > 0) open--;
    else if (c === 0x0a && /^[ ]*(?:(?:[-?:][ ]+){33})/.test(text.slice(i + 1, i + 400))) return true;
  }
  return /^[ ]*(?:(?:[-?:][ ]+){33})/.test(text.slice(0, 400));
}

class TooMuch extends Error {
  readonly node: Node;
  constructor(message: string, node: Node) {
    super(message);
    this.node = node;
  }
}

class Reader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #places = new Map<string, Place>();
  readonly #keyPlaces = new Map<string, Place>();
  readonly #anchors = new Map<string, Node>();
  #values = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  read(): { document: YamlDocument } | { error: YamlError } {
    const root = this.#document.contents as Node | null;
    const start = root ? this.#placeOfNode(root) : { line: 1, column: 1 };
    try {
      const value = root ? this.#value(root, [], start) : null;
      return {
        document: {
          value,
          start,
          placeOf: (path) => this.#closest(this.#places, path) ?? start,
          keyPlaceOf: (path) => this.#keyPlaces.get(keyOf(path)) ?? this.#closest(this.#places, path) ?? start,
        },
      };
    } catch (error) {
      if (error instanceof TooMuch) return { error: { ...this.#placeOfNode(error.node), message: error.message } };
      throw error;
    }
  }

  #closest(places: ReadonlyMap<string, Place>, path: Path): Place | undefined {
    for (let length = path.length; length >= 0; length--) {
      const part = path.slice(0, length);
      const place =
        length === path.length
          ? places.get(keyOf(part))
          : (this.#keyPlaces.get(keyOf(part)) ?? places.get(keyOf(part)));
      if (place) return place;
    }
    return undefined;
  }

  #placeOfNode(node: Node): Place {
    return placeAt(this.#lines, node.range?.[0] ?? 0);
  }

  #value(node: Node, path: Path, place: Place): unknown {
    if (++this.#values > MAX_VALUES) throw new TooMuch(`more than ${MAX_VALUES} values (aliases unfolded)`, node);
    if (path.length > MAX_DEPTH) throw new TooMuch(`nested deeper than ${MAX_DEPTH} levels`, node);
    this.#places.set(keyOf(path), place);
    if (isAlias(node)) {
      const source = this.#anchors.get(node.source);
      if (!source) throw new TooMuch(`*${node.source} stands for nothing that came before it`, node);
      return this.#value(source, path, this.#placeOfNode(node));
    }
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    if (isSeq(node))
      return node.items.map((item, index) =>
        this.#child(item as Node | null, [...path, index], this.#placeOfNode(node)),
      );
    if (isMap(node)) return this.#mapping(node.items as Pair<Node, Node | null>[], path);
    throw new TooMuch('not a value', node);
  }

  #mapping(pairs: readonly Pair<Node, Node | null>[], path: Path): Record<string, unknown> {
    const value: Record<string, unknown> = Object.create(null); // `__proto__` is a key like any other
    for (const pair of pairs) {
      if (!isScalar(pair.key)) throw new TooMuch('a field name must be plain text', pair.key);
      const name = String(pair.key.value);
      const at = [...path, name];
      const place = this.#placeOfNode(pair.key);
      this.#keyPlaces.set(keyOf(at), place);
      value[name] = this.#child(pair.value, at, place);
    }
    return value;
  }

  #child(node: Node | null, path: Path, parent: Place): unknown {
    if (node !== null) return this.#value(node, path, this.#placeOfNode(node));
    this.#places.set(keyOf(path), parent);
    return null;
  }
}

const keyOf = (path: Path): string => JSON.stringify(path);
