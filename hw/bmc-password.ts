import { readFileSync, statSync } from 'node:fs';
import { OperatingError } from '../protocol/errors.ts';

/**
 * A BMC's password, read anew for each session, so that it can be changed without a restart. `name` is how the BMC is called
 * in messages, which never hold the password. Throws CONFIG_INVALID or FILE_UNREADABLE.
 */
export function bmcPassword(
  {
    passwordEnv,
    passwordFile,
  }: { readonly passwordEnv?: string | undefined; readonly passwordFile?: string | undefined },
  name: string,
  maxBytes: number,
): string {
  let password: string;
  let source: string;
  if (passwordFile !== undefined) {
    source = `passwordFile ${passwordFile}`;
    password = readPassword(passwordFile, `${source} of ${name}`);
  } else {
    source = `passwordEnv ${passwordEnv} of the environment`;
    password = process.env[passwordEnv ?? ''] ?? '';
  }
  const bytes = Buffer.byteLength(password);
  if (bytes < 1 || bytes > maxBytes || password.includes('\0'))
    throw new OperatingError(
      'CONFIG_INVALID',
      `${source}, for ${name}: holds a password of ${bytes} bytes; allowed are 1 to ${maxBytes}`,
    );
  return password;
}

function readPassword(path: string, source: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new OperatingError(
        'CONFIG_INVALID',
        `${source}: others than its owner may read it; allowed is mode 600 or 400`,
      );
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof OperatingError) throw cause;
    throw new OperatingError('FILE_UNREADABLE', `cannot read ${source}`, { cause });
  }
}
