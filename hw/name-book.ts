/** `protocol/reading.ts` allows a sensor's name this many characters. */
const NAME_CHARS = 96;

/**
 * Names that stay. Devices of one kind give the same names, so from the second on they are numbered; which device has which
 * name is remembered, so that one that goes does not rename those that stay, and one that comes back is itself again.
 */
export class NameBook {
  readonly #names = new Map<string, string>(); // key of the device → its name
  readonly #taken = new Set<string>();

  nameFor(key: string, wanted: string): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    let name = wanted.slice(0, NAME_CHARS);
    for (let n = 2; this.#taken.has(name); n++) name = `${wanted.slice(0, NAME_CHARS - 6)} #${n}`;
    this.#names.set(key, name);
    this.#taken.add(name);
    return name;
  }
}

/** What a device says of itself, as part of a name: one line, nothing that cannot be shown; '' when nothing is left. */
export function nameFrom(text: string): string {
  return text.replace(/[\p{C}\uFFFD]+/gu, ' ').trim();
}
