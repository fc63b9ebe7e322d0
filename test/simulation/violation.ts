/** A promise was broken. `oracle` names the one that saw it. */
export class Violation extends Error {
  readonly oracle: string;

  constructor(oracle: string, message: string) {
    super(`${oracle}: ${message}`);
    this.oracle = oracle;
  }
}
