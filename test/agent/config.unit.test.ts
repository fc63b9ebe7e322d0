import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadAgentConfig } from '../../agent/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'evenkeel-config-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const GOOD = 'cluster: c\nnode: N1\nmqtt: { url: "mqtt://127.0.0.1:1883" }\nstateDir: /var/lib/evenkeel\n';
function load(text: string) {
  const path = join(dir, 'agent.yaml');
  writeFileSync(path, text);
  return loadAgentConfig(path);
}

const bmc = (fields: string) => `${GOOD}bmc: { ${fields} }\n`;
const LANPLUS = 'kind: ipmi, transport: lanplus, user: u, passwordEnv: P';

test('a BMC over IPMI, in-band and over the network', () => {
  expect(load(bmc('kind: ipmi, transport: open')).bmc).toEqual({
    ...{ kind: 'ipmi', transport: 'open', device: 0, timeoutMs: 5000 },
  });
  expect(load(bmc(`${LANPLUS}, host: "bmc-{node}.lan"`)).bmc).toEqual({
    ...{ kind: 'ipmi', transport: 'lanplus', host: 'bmc-{node}.lan', port: 623, user: 'u', passwordEnv: 'P' },
    ...{ cipherSuite: 17, privilege: 'operator', timeoutMs: 5000 },
  });
});

test('a password written into the file is refused and not repeated', () => {
  expect(() => load(bmc(`${LANPLUS}, host: b, password: hunter2`))).toThrow(/bmc: .*"password"/);
  expect(() => load(bmc(`${LANPLUS}, host: b, password: hunter2`))).not.toThrow(/hunter2/);
});

test('fills in every default', () => {
  expect(load(GOOD)).toMatchObject({
    node: 'N1',
    domain: 'N1',
    reportMs: 10_000,
    heartbeatMs: 1000,
    portRange: { from: 20_000, to: 29_999 },
    sysroot: '/',
    labels: {},
    capacity: {},
    logLevel: 'info',
  });
});

test.each([
  ['an unknown field', `${GOOD}colour: blue\n`, /colour/],
  ['a bad name', GOOD.replace('N1', '../N1'), /node: .*1 to 63 letters.*\.\.\/N1/],
  ['a bad url', GOOD.replace('mqtt://', 'http://'), /mqtt\.url: must be like mqtt:\/\/host:1883.*http:/],
  ['a relative folder', GOOD.replace('/var', 'var'), /stateDir: must be an absolute path/],
  [
    'a folder too long for a socket',
    GOOD.replace('/var', `/${'x'.repeat(90)}`),
    /stateDir: must have at most 90 bytes/,
  ],
  ['a number out of range', `${GOOD}heartbeatMs: 1\n`, /heartbeatMs: .*found 1/],
  ['a range upside down', `${GOOD}portRange: { from: 3000, to: 2000 }\n`, /portRange: from must not be above to/],
  ['an unknown kind of BMC', `${GOOD}bmc: { kind: ilo }\n`, /bmc\.kind: .*ilo/],
  ['a transport that there is not', bmc('kind: ipmi, transport: lan'), /bmc\.transport: .*'open' or 'lanplus'.*"lan"/],
  ['a host that is an option', bmc(`${LANPLUS}, host: "-P x"`), /bmc\.host: must be a host name or address.*-P x/],
  ['a port out of range', bmc(`${LANPLUS}, host: b, port: 0`), /bmc\.port: .*found 0/],
  [
    'a cipher suite that is not safe',
    bmc(`${LANPLUS}, host: b, cipherSuite: 0`),
    /bmc\.cipherSuite: must be 3 or 17.*found 0/,
  ],
  [
    'no password',
    bmc('kind: ipmi, transport: lanplus, host: b, user: u'),
    /exactly one of passwordEnv and passwordFile/,
  ],
  ['two passwords', bmc(`${LANPLUS}, host: b, passwordFile: /p`), /exactly one of passwordEnv and passwordFile/],
  ['no YAML', '{', /is not YAML/],
  ['nothing', '', /agent\.yaml/],
])('%s', (_name, text, expected) => {
  expect(() => load(text)).toThrow(expected);
  expect(() => load(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('a file that is not there', () => {
  expect(() => loadAgentConfig(join(dir, 'none.yaml'))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
});
