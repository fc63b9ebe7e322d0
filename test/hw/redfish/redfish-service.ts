import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RedfishConfig } from '../../../protocol/bmc-config.ts';
import { PASSWORD } from '../ipmi/bmc-simulator.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { type Json, type RedfishModel, redfishModel } from './redfish-model.ts';

export interface RedfishService {
  readonly port: number;
  readonly guid: string;
  readonly serial: string;
  readonly certificate: Certificate;
  readonly model: RedfishModel;
  config(changes?: Partial<RedfishConfig>): RedfishConfig;
  /** How its chassis misbehaves: `stuck` accepts a power-off and stays on, `touchy` refuses one of what is off already. */
  quirk: 'stuck' | 'touchy' | null;
  /** What hangs on its power. `done` is called when it has none any more; until then the service says as it is told here. */
  powerOffHook: ((done: () => void) => void) | null;
  /** Answers a path otherwise: `GET /redfish/v1/…` → what is done instead. */
  readonly odd: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** `METHOD path` of every request since the start. */
  readonly requests: string[];
  /** Connections since the start. */
  readonly connections: () => number;
  /** How many entries of its log it gives at once. */
  pageSize: number;
  /** Session ids that it knows. */
  readonly sessions: Map<string, string>;
  close(): Promise<void>;
}

const BASE = '/redfish/v1';

/** A Redfish service on loopback over TLS: sessions, one system, one chassis. */
export async function startRedfishService(
  directory: string,
  serial: string,
  { subject = 'IP:127.0.0.1', onPort = 0 } = {},
): Promise<RedfishService> {
  const certificate = makeCertificate(directory, subject);
  const guid = `00112233-4455-6677-8899-${Buffer.from(serial.padEnd(6, '-').slice(0, 6)).toString('hex')}`;
  const model = redfishModel(serial, guid);
  const service = {
    quirk: null as RedfishService['quirk'],
    powerOffHook: null as RedfishService['powerOffHook'],
    odd: new Map<string, (request: IncomingMessage, response: ServerResponse) => void>(),
    requests: [] as string[],
    sessions: new Map<string, string>(),
    pageSize: 1000,
  };
  let connections = 0;

  const resources = (): Record<string, unknown> => ({
    [`${BASE}/`]: {
      Systems: { '@odata.id': `${BASE}/Systems` },
      Chassis: { '@odata.id': `${BASE}/Chassis` },
      Links: { Sessions: { '@odata.id': `${BASE}/SessionService/Sessions` } },
    },
    [`${BASE}/Systems`]: { Members: [{ '@odata.id': `${BASE}/Systems/1` }] },
    [`${BASE}/Systems/1`]: model.system,
    [`${BASE}/Systems/1/LogServices`]: {
      Members: ['PostCodes', 'SEL'].map((name) => ({ '@odata.id': `${BASE}/Systems/1/LogServices/${name}` })),
    },
    [`${BASE}/Systems/1/LogServices/SEL`]: { Entries: { '@odata.id': `${BASE}/Systems/1/LogServices/SEL/Entries` } },
    [`${BASE}/Chassis`]: { Members: [{ '@odata.id': `${BASE}/Chassis/1U` }] },
    [`${BASE}/Chassis/1U`]: model.chassis,
    [`${BASE}/Chassis/1U/Thermal`]: model.thermal,
    [`${BASE}/Chassis/1U/Power`]: model.power,
  });

  /** At most `pageSize` of the log's entries at once. */
  function entries(url: string): unknown {
    const [, skip = '0'] = /^\/redfish\/v1\/Systems\/1\/LogServices\/SEL\/Entries(?:\?\$skip=(\d+))?$/.exec(url) ?? [];
    if (!url.startsWith(`${BASE}/Systems/1/LogServices/SEL/Entries`)) return undefined;
    const from = Number(skip);
    const page = model.log.slice(from, from + service.pageSize);
    const more = from + page.length < model.log.length;
    return {
      Members: page,
      'Members@odata.count': model.log.length,
      ...(more ? { 'Members@odata.nextLink': `${url.split('?')[0]}?$skip=${from + page.length}` } : {}),
    };
  }

  function reset(type: unknown, response: ServerResponse): void {
    const allowed = ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'];
    if (!allowed.includes(String(type))) return refuse(response, 400, `ResetType ${type} is not in the list`);
    if (type === 'ForceOff' && service.quirk === 'touchy' && model.system.PowerState === 'Off')
      return refuse(response, 409, 'Server is already powered OFF.');
    if (type === 'On' || type === 'ForceRestart') model.system.PowerState = 'On';
    else if (service.quirk !== 'stuck') {
      if (service.powerOffHook === null) model.system.PowerState = 'Off';
      else
        service.powerOffHook(() => {
          model.system.PowerState = 'Off';
        });
    }
    response.writeHead(204).end();
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    service.requests.push(`${method} ${url}`);
    const odd = service.odd.get(`${method} ${url}`);
    if (odd) return odd(request, response);
    if (method === 'GET' && url === `${BASE}/`) return send(response, 200, resources()[url]);
    if (method === 'POST' && url === `${BASE}/SessionService/Sessions`) {
      const { UserName, Password } = await bodyOf(request);
      if (UserName !== 'admin' || Password !== PASSWORD) return refuse(response, 401, `no session with ${Password}`);
      const [token, path] = [randomBytes(16).toString('hex'), `${url}/${randomBytes(4).toString('hex')}`];
      service.sessions.set(token, path);
      return send(response, 201, { '@odata.id': path }, { 'x-auth-token': token, location: path });
    }
    const token = String(request.headers['x-auth-token']);
    if (!service.sessions.has(token)) return refuse(response, 401, 'there is no valid session');
    if (method === 'DELETE' && url === service.sessions.get(token)) {
      service.sessions.delete(token);
      return void response.writeHead(204).end();
    }
    if (method === 'POST' && url === `${BASE}/Systems/1/Actions/ComputerSystem.Reset`)
      return reset((await bodyOf(request)).ResetType, response);
    const resource = resources()[url] ?? entries(url);
    if (method !== 'GET' || resource === undefined) return refuse(response, 404, `there is no ${url}`);
    send(response, 200, resource);
  }

  const server = createServer(
    { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
    (request, response) => void answer(request, response).catch((error) => refuse(response, 500, String(error))),
  );
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(onPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(service, {
    ...{ port, guid, serial, certificate, model },
    connections: () => connections,
    config: (changes: Partial<RedfishConfig> = {}): RedfishConfig => ({
      kind: 'redfish',
      host: '127.0.0.1',
      port,
      user: 'admin',
      passwordEnv: 'TEST_BMC_PASSWORD',
      fingerprint: certificate.fingerprint,
      insecure: false,
      timeoutMs: 10_000,
      ...changes,
    }),
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

export function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
const refuse = (response: ServerResponse, status: number, why: string): void =>
  send(response, status, {
    error: { code: 'Base.1.8.GeneralError', message: 'see below', '@Message.ExtendedInfo': [{ Message: why }] },
  });
async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text) as Json;
}
