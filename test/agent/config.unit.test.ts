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
  expect(() => load(bmc(`${LANPLUS}, host: b, password: hunter2`))).toThrow(/bmc\.password is not a known field/);
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
  [
    'an unknown field',
    `${GOOD}colour: blue\n`,
    /agent\.yaml:5: colour is not a known field; known are cluster, node, mqtt/,
  ],
  [
    'a bad name',
    GOOD.replace('N1', '../N1'),
    /agent\.yaml:2: node: "\.\.\/N1" is not allowed; it must be 1 to 63 letters/,
  ],
  [
    'a bad url',
    GOOD.replace('mqtt://', 'http://'),
    /:3: mqtt\.url: "http:.* is not allowed; it must be an address like mqtt:\/\/host:1883/,
  ],
  [
    'a relative folder',
    GOOD.replace('/var', 'var'),
    /:4: stateDir: "var\/lib\/evenkeel" is not allowed; it must be an absolute path/,
  ],
  [
    'a folder too long for a socket',
    GOOD.replace('/var', `/${'x'.repeat(90)}`),
    /stateDir: .* an absolute path of at most 90 bytes/,
  ],
  [
    'a number out of range',
    `${GOOD}heartbeatMs: 1\n`,
    /:5: heartbeatMs: 1 is not allowed; it must be a whole number from 20 to 60000/,
  ],
  [
    'a range upside down',
    `${GOOD}portRange: { from: 3000, to: 2000 }\n`,
    /portRange: a mapping with from, to is not allowed; it must be from a port up to a higher one/,
  ],
  [
    'an unknown kind of BMC',
    `${GOOD}bmc: { kind: ilo }\n`,
    /bmc\.kind: "ilo" is not allowed; it must be mock, or ipmi/,
  ],
  ['a transport that there is not', bmc('kind: ipmi, transport: lan'), /bmc\.transport: "lan" .* be open, or lanplus/],
  ['a host that is an option', bmc(`${LANPLUS}, host: "-P x"`), /bmc\.host: "-P x" .* be a host name or address/],
  ['a port out of range', bmc(`${LANPLUS}, host: b, port: 0`), /bmc\.port: 0 .* from 1 to 65535/],
  ['a cipher suite that is not safe', bmc(`${LANPLUS}, host: b, cipherSuite: 0`), /bmc\.cipherSuite: 0 .* be 3 or 17/],
  [
    'no password',
    bmc('kind: ipmi, transport: lanplus, host: b, user: u'),
    /bmc\.passwordFile is missing; it must be given where passwordEnv is not/,
  ],
  ['two passwords', bmc(`${LANPLUS}, host: b, passwordFile: /p`), /left out where it is: exactly one of the two/],
  [
    'a field of another kind',
    bmc(`${LANPLUS}, host: b, socket: /s`),
    /bmc\.socket is not a known field; .*passwordEnv/,
  ],
  ['no YAML', '{', /agent\.yaml:1: not valid YAML/],
  ['nothing', '', /agent\.yaml:1: cluster is missing; it must be/],
  [
    'several mistakes at once',
    'node: 1\nmqtt: {}\n',
    /node: 1 is not allowed.*mqtt\.url is missing.*stateDir is missing/s,
  ],
  ['two documents', `${GOOD}---\n${GOOD}`, /:6: a configuration is one document/],
])('%s', (_name, text, expected) => {
  expect(() => load(text)).toThrow(expected);
  expect(() => load(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

test('a file that is not there', () => {
  expect(() => loadAgentConfig(join(dir, 'none.yaml'))).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
});
