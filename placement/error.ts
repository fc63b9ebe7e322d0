/** Input that is no placement problem: names the field, its value and what is allowed. */
export class PlacementError extends Error {
  readonly field: string;
  readonly value: unknown;
  readonly allowed: string;

  constructor(field: string, value: unknown, allowed: string) {
    super(`${field} is ${JSON.stringify(value) ?? String(value)}; allowed: ${allowed}`);
    this.name = 'PlacementError';
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}
