/* Names of sensors, which can hold anything, in places where little is allowed. */

/**
 * A sensor's name in letters, digits, `_` and `-`. Two names never give the same id: `/` becomes `_`, and whatever else is
 * neither letter nor digit its code point in hex between hyphens: `bmc/Fan 1` → `bmc_Fan-20-1`.
 */
export function objectId(sensor: string): string {
  return sensor.replace(/[^A-Za-z0-9]/gu, (char) =>
    char === '/' ? '_' : `-${(char.codePointAt(0) as number).toString(16)}-`,
  );
}

/** A Jinja string literal that stands for exactly this text. */
export function jinjaText(text: string): string {
  const inner = text.replace(/[\\']|\p{Cc}/gu, (char) =>
    char === '\\' || char === "'" ? `\\${char}` : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `'${inner}'`;
}
