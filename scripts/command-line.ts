import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** Ends the process with exit code 2: `NAME: message`. */
export function failAs(name: string): (message: string) => never {
  return (message) => {
    console.error(`${name}: ${message}`);
    process.exit(2);
  };
}

/* How scripts and measurements take their options: one form of words, exit code 2 for what cannot be used. */

/** A whole number; for anything else says what is allowed and ends the process. */
export function wholeOption(fail: (message: string) => never, option: string, text: string, from: number, to: number) {
  return optionInRange(fail, option, text, from, to, /^\d+$/, 'a whole number');
}

/** The same for any number. */
export function numberOption(fail: (message: string) => never, option: string, text: string, from: number, to: number) {
  return optionInRange(fail, option, text, from, to, /^\d+(\.\d+)?$/, 'a number');
}

function optionInRange(
  fail: (message: string) => never,
  option: string,
  text: string,
  from: number,
  to: number,
  form: RegExp,
  what: string,
): number {
  const value = Number(text);
  if (!form.test(text) || value < from || value > to)
    fail(`--${option}: ${text} is not allowed; it must be ${what} from ${from} to ${to}`);
  return value;
}

/** The options as given; for a wrong one, and for `--help` or `-h`, says how it is used and ends the process. */
export function optionsGiven<const T extends ParseArgsOptionsConfig>(
  fail: (message: string) => never,
  help: string,
  options: T,
  args = process.argv.slice(2),
) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${help}`);
  }
}
