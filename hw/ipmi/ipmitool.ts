import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IpmiConfig } from '../../protocol/bmc-config.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { bmcPassword } from '../bmc-password.ts';
import { wholeLines } from './lines.ts';

/*
 * One run of ipmitool: one session, some commands. The password goes through the environment and nowhere else. Answers are
 * waited for once a second and asked for once again (-N 1 -R 1): a BMC that is gone is given up after 2 s instead of 20 s.
 */

export interface Answer {
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  readonly succeeded: boolean; // false where any of several commands failed: what the others printed is there all the same
}

export interface Ipmitool {
  /** How this BMC is called in messages. */
  readonly name: string;
  /** The folder for what is kept, or null where nothing can be written. */
  readonly directory: string | null;
  /**
   * Some commands in one session, run in that folder; none has an argument with a blank in it. `once`: the same ones will not
   * be run again. Throws BMC_UNREACHABLE or BMC_REFUSED when there is no session.
   */
  run(
    commands: readonly string[],
    options?: { readonly sdrCache?: string | null; readonly limitMs?: number; readonly once?: boolean },
  ): Promise<Answer>;
}

/** IPMI 2.0 allows no longer ones, and ipmitool refuses them. */
const MAX_PASSWORD_BYTES = 20;
const MAX_OUTPUT_BYTES = 1_048_576;
/**
 * ipmitool parses the 4.7 MB list of enterprise numbers at each start, 12 of its 20 ms, unless it finds another one in
 * $HOME. Four lines are what its parser takes for one entry.
 */
const ENTERPRISE_NUMBERS = '0\n  Reserved\n    none\n      none\n';
const NO_SESSION =
  /unable to establish|could not open device|could not open socket|address lookup .* failed|error in open session|unable to (?:set|get) (?:session )?privilege|activate session|session .*(?:timeout|timed out)/i;
/** A wrong password is answered at once; silence costs two seconds. */
const REFUSED_WITHIN_MS = 1500;

export function openIpmitool(config: IpmiConfig, directory: string): Ipmitool {
  const program = config.program ?? 'ipmitool';
  const name =
    config.transport === 'open' ? `the BMC at /dev/ipmi${config.device}` : `the BMC at ${config.host}:${config.port}`;
  const home = prepareHome(directory);
  const commandFiles = new Map<string, string>();

  /** Several commands go into a file for `exec`; those of a cycle are always the same few, and their file is written once. */
  const argumentsFor = (commands: readonly string[], once: boolean): readonly string[] => {
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) return only.split(' ');
    if (home === null) throw new OperatingError('BMC_UNREACHABLE', `cannot ask ${name}: cannot write in ${directory}`);
    const text = `${commands.join('\n')}\n`;
    let file = commandFiles.get(text);
    if (file === undefined) {
      file = once ? 'commands-once' : `commands-${commandFiles.size + 1}`;
      writeFileSync(join(home, file), text, { mode: 0o600 });
      if (!once) commandFiles.set(text, file);
    }
    return ['exec', file];
  };

  return {
    name,
    directory: home,
    run: async (commands, { sdrCache = null, limitMs = config.timeoutMs, once = false } = {}) => {
      // ipmitool would ask for one on the terminal where there is none
      const password = config.transport === 'open' ? null : bmcPassword(config, name, MAX_PASSWORD_BYTES);
      const environment = {
        PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: home ?? '/nonexistent',
        LC_ALL: 'C',
        TZ: 'UTC',
        ...(password === null ? {} : { IPMITOOL_PASSWORD: password }),
      };
      const argv = [
        ...sessionArguments(config),
        ...(sdrCache === null ? [] : ['-S', sdrCache]),
        ...argumentsFor(commands, once),
      ];
      const { stdout, stderr, error, tookMs } = await execute(program, argv, environment, home, limitMs);
      const errors = wholeLines(Buffer.concat([stderr, Buffer.from('\n')])).filter((line) => line !== '');
      const what = commands.at(-1) ?? '';
      if (error?.code === 'ENOENT')
        throw new OperatingError(
          'BMC_UNREACHABLE',
          `cannot ask ${name}: ${program} is not installed (Debian package ipmitool)`,
          { cause: error },
        );
      if (error?.killed === true || tookMs >= limitMs)
        throw new OperatingError('BMC_UNREACHABLE', `${name} did not answer '${what}' within ${limitMs} ms`);
      const lines = wholeLines(stdout);
      const failure = errors.find((line) => NO_SESSION.test(line));
      if (failure !== undefined && lines.every((line) => line.trim() === '')) {
        const why = errors.join('; ').slice(0, 200);
        if (config.transport === 'lanplus' && tookMs < REFUSED_WITHIN_MS && /session/i.test(failure))
          throw new OperatingError(
            'BMC_REFUSED',
            `${name} refused a session: user, password, privilege '${config.privilege}' or cipher suite ${config.cipherSuite} is not accepted (${why})`,
          );
        throw new OperatingError('BMC_UNREACHABLE', `no session with ${name}: ${why}`);
      }
      return { lines, errors, succeeded: error === null };
    },
  };
}

function sessionArguments(config: IpmiConfig): string[] {
  if (config.transport === 'open') return ['-I', 'open', '-d', String(config.device)];
  return [
    ...['-I', 'lanplus', '-H', config.host, '-p', String(config.port), '-U', config.user, '-E'],
    ...['-C', String(config.cipherSuite), '-L', config.privilege.toUpperCase(), '-N', '1', '-R', '1'],
  ];
}

function prepareHome(directory: string): string | null {
  try {
    const list = join(directory, '.local/usr/share/misc');
    mkdirSync(list, { recursive: true, mode: 0o700 });
    writeFileSync(join(list, 'enterprise-numbers.txt'), ENTERPRISE_NUMBERS);
    return directory;
  } catch {
    return null;
  }
}

interface Executed {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly error: { readonly code?: string | number | null; readonly killed?: boolean } | null;
  readonly tookMs: number;
}

function execute(
  program: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  home: string | null,
  limitMs: number,
): Promise<Executed> {
  const from = performance.now();
  return new Promise((resolve) => {
    const child = execFile(
      program,
      argv,
      {
        env,
        cwd: home ?? '/',
        encoding: 'buffer',
        timeout: limitMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) =>
        resolve({
          stdout,
          stderr,
          error: error as Executed['error'],
          tookMs: performance.now() - from,
        }),
    );
    child.stdin?.end();
  });
}
