import { NameBook } from './name-book.ts';

/** Devices of one kind give the same names: from the second on they are numbered, and long ones cut. */
export function uniquelyNamed<T extends { readonly sensor: string }>(items: readonly T[]): T[] {
  const names = new NameBook();
  return items.map((item, i) => {
    const sensor = names.nameFor(String(i), item.sensor);
    return sensor === item.sensor ? item : { ...item, sensor };
  });
}
