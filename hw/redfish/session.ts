import { setTimeout as delay } from 'node:timers/promises';
import type { RedfishConfig } from '../../protocol/bmc-config.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { bmcPassword } from '../bmc-password.ts';
import { type HttpAnswer, parseJson } from '../http-exchange.ts';
import { isResource, link, part, parts, type Resource, text } from './fields.ts';
import { openHttps } from './https-connection.ts';

/*
 * One session with a Redfish service: logged in with the first request that needs it, kept, logged in again when the service
 * no longer knows it (401), logged out at the end, since some services have no more than a handful. A service that is busy
 * (503, 429) is asked again when it says so, as long as there is time.
 */

export interface RedfishSession {
  readonly name: string;
  /** A resource. Throws BMC_UNREACHABLE, or BMC_REFUSED where it is not there or no JSON object. */
  get(path: string, untilMs: number): Promise<Resource>;
  /** An action. Throws BMC_UNREACHABLE, or BMC_REFUSED with what the service said. */
  post(path: string, body: Resource, untilMs: number): Promise<void>;
  /** Logs out, if it is logged in; never throws. */
  close(): Promise<void>;
}

export const ROOT = '/redfish/v1/';
const MAX_PASSWORD_BYTES = 128;
const MAX_REDIRECTS = 3;
const LOGOUT_MS = 2000;
/** A busy service that does not say when to ask again, and the least that is waited for one that does. */
const BUSY_MS = { unsaid: 1000, least: 100 };
/**
 * What only asks is asked once more where a connection failed: some are closed by the service just as the next request is on
 * its way. An action is not repeated behind the caller's back.
 */
const RETRY_AFTER_MS = 250;

type Method = 'GET' | 'POST';

export function openSession(config: RedfishConfig): RedfishSession {
  const https = openHttps(config);
  const { name } = https;
  let token: { readonly value: string; readonly location: string | null } | null = null;

  const refused = (what: string, answer: HttpAnswer) =>
    new OperatingError('BMC_REFUSED', `${name} refused ${what}: ${reasonOf(answer)}`);

  async function ask(
    method: Method,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Resource | null,
    untilMs: number,
  ): Promise<HttpAnswer> {
    const payload = body === null ? null : JSON.stringify(body);
    const all = {
      accept: 'application/json',
      'odata-version': '4.0',
      ...(payload === null
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
      ...headers,
    };
    for (let failed = false; ; ) {
      try {
        const answer = await https.ask(method, path, all, payload, Math.min(leftMs(untilMs), config.timeoutMs));
        const pauseMs = busyMs(answer);
        if (pauseMs === null || leftMs(untilMs) <= pauseMs) return answer;
        await delay(pauseMs);
      } catch (error) {
        // one that was silent for the whole time, which has no cause, will be so again
        const lost = error instanceof OperatingError && error.code === 'BMC_UNREACHABLE' && error.cause !== undefined;
        if (method !== 'GET' || !lost || failed || leftMs(untilMs) <= 2 * RETRY_AFTER_MS) throw error;
        failed = true;
        await delay(RETRY_AFTER_MS);
      }
    }
  }

  async function login(untilMs: number): Promise<string> {
    const password = bmcPassword(config, name, MAX_PASSWORD_BYTES);
    const root = asResource(await follow(ROOT, {}, untilMs));
    const sessions = link(part(root ?? {}, 'Links', 'Sessions')) ?? `${ROOT}SessionService/Sessions`;
    const answer = await ask('POST', sessions, {}, { UserName: config.user, Password: password }, untilMs);
    const given = answer.headers['x-auth-token'];
    if (answer.status < 200 || answer.status > 299 || typeof given !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(given))
      // what it says is not repeated: some services repeat what they were sent
      throw new OperatingError(
        'BMC_REFUSED',
        `${name} refused a session for '${config.user}': status ${answer.status}${
          [400, 401, 403].includes(answer.status) ? '; user, password or right to log in is not accepted' : ''
        }`,
      );
    token = { value: given, location: sessionPath(answer) };
    return given;
  }

  /** A GET that goes where the service sends it, within itself only: it is never taken to another host. */
  async function follow(path: string, headers: Readonly<Record<string, string>>, untilMs: number): Promise<HttpAnswer> {
    let at = path;
    for (let hops = 0; ; hops++) {
      const answer = await ask('GET', at, headers, null, untilMs);
      if (answer.status < 300 || answer.status > 399 || answer.headers.location === undefined) return answer;
      const next = pathWithin(answer.headers.location);
      if (next === null || hops === MAX_REDIRECTS)
        throw new OperatingError(
          'BMC_REFUSED',
          `${name} sends GET ${path} elsewhere: ${answer.headers.location.slice(0, 200)}`,
        );
      at = next;
    }
  }

  function pathWithin(location: string): string | null {
    try {
      const origin = `https://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
      const url = new URL(location, origin);
      return url.origin === new URL(origin).origin ? url.pathname + url.search : null;
    } catch {
      return null;
    }
  }

  function sessionPath(answer: HttpAnswer): string | null {
    const { location } = answer.headers;
    // some services tell it in the body only
    return (location === undefined ? null : pathWithin(location)) ?? link(asResource(answer) ?? {});
  }

  /** With the session; where the service no longer knows it, with a new one, once. */
  async function authorised(
    send: (headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>,
    untilMs: number,
  ): Promise<HttpAnswer> {
    const known = token?.value;
    const answer = await send({ 'x-auth-token': known ?? (await login(untilMs)) });
    if (answer.status !== 401 || known === undefined) return answer;
    token = null;
    return send({ 'x-auth-token': await login(untilMs) });
  }

  return {
    name,
    get: async (path, untilMs) => {
      const answer = await authorised((headers) => follow(path, headers, untilMs), untilMs);
      if (answer.status !== 200) throw refused(`GET ${path}`, answer);
      const resource = asResource(answer);
      if (resource === null)
        throw new OperatingError('BMC_REFUSED', `${name} answered GET ${path} with something that is no JSON object`);
      return resource;
    },
    post: async (path, body, untilMs) => {
      const answer = await authorised((headers) => ask('POST', path, headers, body, untilMs), untilMs);
      if (answer.status < 200 || answer.status > 299) throw refused(`POST ${path}`, answer);
    },
    close: async () => {
      const held = token;
      token = null;
      if (held?.location)
        await https
          .ask('DELETE', held.location, { 'x-auth-token': held.value }, null, LOGOUT_MS)
          .catch(() => undefined); // it ends by itself after a while
      https.close();
    },
  };
}

const leftMs = (untilMs: number) => Math.max(1, untilMs - performance.now());

/** How long a busy service wants to be left alone, in ms; null for one that is not. A date in Retry-After counts as unsaid. */
function busyMs({ status, headers }: HttpAnswer): number | null {
  if (status !== 503 && status !== 429) return null;
  const said = Number(headers['retry-after']);
  return Number.isFinite(said) && said >= 0 ? Math.max(said * 1000, BUSY_MS.least) : BUSY_MS.unsaid;
}

/** Judged by what it is, not by its content type: services mislabel JSON, and send a page for people with status 200. */
function asResource({ text: body }: HttpAnswer): Resource | null {
  const value = parseJson(body);
  return isResource(value) ? value : null;
}

/** What a service says of a refusal, in the forms of DSP0266 (extended information), else the status alone. */
function reasonOf(answer: HttpAnswer): string {
  const error = part(asResource(answer) ?? {}, 'error');
  const told = parts(error, '@Message.ExtendedInfo').map((info) => text(info, 'Message', 'MessageId', 'MessageID'));
  const why = [...new Set([...told, text(error, 'message', 'code')])].filter((each) => each !== '')[0];
  const busy = answer.headers['retry-after'];
  const again = busyMs(answer) !== null && busy !== undefined ? `, again in ${busy.slice(0, 40)} s` : '';
  return `status ${answer.status}${again}${why === undefined ? '' : `, ${why.slice(0, 200)}`}`;
}
