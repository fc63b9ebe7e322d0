/** `protocol/reading.ts` allows a sensor's name this many characters. */
const NAME_CHARS = 96;

/** Devices of one kind give the same names: from the second on they are numbered, and long ones cut. */
export function uniquelyNamed<T extends { readonly sensor: string }>(items: readonly T[]): T[] {
  const taken = new Set<string>();
  return items.map((item) => {
    let sensor = item.sensor.slice(0, NAME_CHARS);
    for (let n = 2; taken.has(sensor); n++) sensor = `${item.sensor.slice(0, NAME_CHARS - 6)} #${n}`;
    taken.add(sensor);
    return sensor === item.sensor ? item : { ...item, sensor };
  });
}
