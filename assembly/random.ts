/** The one generator (xorshift64*, 64 bits of state). Every draw of a search comes from here, so a seed fixes its answer. */
let state: u64 = 1;

export function seedRandom(seed: u32): void {
  state = (<u64>seed + 1) * 0x9e3779b97f4a7c15;
  for (let k = 0; k < 4; k++) draw();
}

export function draw(): u32 {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return <u32>((state * 0x2545f4914f6cdd1d) >> 32);
}

/** Uniform in 0 .. below - 1. */
export function randomBelow(below: i32): i32 {
  return <i32>((<u64>draw() * <u64>below) >> 32);
}

/** Uniform in (0, 1]: never zero, so its logarithm is finite. */
export function randomUnit(): f64 {
  return (<f64>draw() + 1.0) / 4294967296.0;
}
