import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly fingerprint: string;
}

/** A certificate that has signed itself, as BMCs have them, made out to `subject` (`IP:…`, `DNS:…`). */
export function makeCertificate(directory: string, subject: string): Certificate {
  mkdirSync(directory, { recursive: true });
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
        ...['-subj', '/CN=bmc', '-addext', `subjectAltName=${subject}`, '-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'pipe' },
    );
  } catch (cause) {
    throw new Error('openssl made no certificate (Debian package openssl)', { cause });
  }
  return { certFile, keyFile, fingerprint: new X509Certificate(readFileSync(certFile)).fingerprint256 };
}
