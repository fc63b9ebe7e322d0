import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import type { RedfishConfig } from '../../protocol/bmc-config.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { exchange, type HttpAnswer } from '../http-exchange.ts';

/*
 * The connection to a Redfish service: HTTPS, one connection at a time, kept open between requests, since a TLS handshake is
 * most of what a request costs a BMC. Nothing is written to it, above all no password, before the certificate is found good:
 * signed by one that the system or `caFile` trusts and made out to this host, or the very one that `fingerprint` names.
 */

export interface HttpsConnection {
  /** How this BMC is called in messages. */
  readonly name: string;
  /** One request, at most `limitMs`. Throws BMC_UNREACHABLE, FILE_UNREADABLE or BMC_REFUSED (a certificate that is not trusted). */
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | null,
    limitMs: number,
  ): Promise<HttpAnswer>;
  /** Ends the open connection; the next request makes another. */
  close(): void;
}

export function openHttps(config: RedfishConfig): HttpsConnection {
  const { host, port } = config;
  const name = `the BMC at ${host}:${port}`;
  const agent = new TrustingAgent(config);

  return {
    name,
    ask: async (method, path, headers, body, limitMs) => {
      agent.untilMs = performance.now() + limitMs;
      const send = (onResponse: (response: IncomingMessage) => void) =>
        request({ host, port, method, path, headers, agent }, onResponse);
      try {
        return await exchange(name, `${method} ${path}`, limitMs, send, body);
      } catch (error) {
        throw refusedCertificate(error, name) ?? error;
      }
    },
    close: () => agent.destroy(),
  };
}

class TrustingAgent extends Agent {
  /** When the present request is given up: a handshake is not waited for any longer. */
  untilMs = 0;
  readonly #config: RedfishConfig;
  constructor(config: RedfishConfig) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#config = config;
  }
  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    let options: ConnectionOptions;
    try {
      options = trust(this.#config);
    } catch (error) {
      done(error as Error);
      return undefined;
    }
    const socket = connect(options);
    const timer = setTimeout(() => socket.destroy(), Math.max(1, this.untilMs - performance.now()));
    let told = false;
    const tell = (error: Error | null) => {
      if (told) return;
      told = true;
      clearTimeout(timer);
      if (error) {
        socket.destroy();
        done(error);
      } else done(null, socket);
    };
    socket.once('error', tell);
    socket.once('close', () => tell(new Error('it closed the connection')));
    socket.once('secureConnect', () => {
      const { fingerprint } = this.#config;
      const seen = socket.getPeerCertificate().fingerprint256 ?? '';
      const good = fingerprint === undefined || digits(seen) === digits(fingerprint);
      tell(good ? null : new CertificateError(`its certificate has the SHA-256 fingerprint ${seen}`));
    });
    return undefined;
  }
}

class CertificateError extends Error {}

function trust(config: RedfishConfig): ConnectionOptions {
  const { host, port, caFile, fingerprint, insecure } = config;
  const options = { host, port, ...(isIP(host) === 0 ? { servername: host } : {}) };
  if (insecure || fingerprint !== undefined) return { ...options, rejectUnauthorized: false };
  if (caFile === undefined) return options;
  try {
    return { ...options, ca: readFileSync(caFile) };
  } catch (cause) {
    throw new OperatingError('FILE_UNREADABLE', `cannot read caFile ${caFile} of the BMC at ${host}:${port}`, {
      cause,
    });
  }
}

const digits = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase();

function causeOf(error: unknown): (Error & { readonly code?: unknown }) | null {
  return error instanceof Error && error.cause instanceof Error ? error.cause : null;
}

/** Codes of Node's check of a certificate: X509 verification errors of OpenSSL, and a name that is another one's. */
const NOT_TRUSTED = /CERT|^UNABLE_TO|_CRL|SIGNATURE|^ERR_TLS_CERT/;

function refusedCertificate(error: unknown, name: string): Error | null {
  const cause = causeOf(error);
  if (cause instanceof OperatingError) return cause;
  if (cause === null || !(cause instanceof CertificateError || NOT_TRUSTED.test(String(cause.code)))) return null;
  return new OperatingError(
    'BMC_REFUSED',
    `the certificate of ${name} is not trusted: ${cause.message}; caFile or fingerprint says which one is`,
    { cause },
  );
}
