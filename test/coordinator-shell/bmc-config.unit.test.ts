import { expect, test } from 'vitest';
import { readCoordinatorConfig } from '../../coordinator/config.ts';

const load = (bmc: string) => readCoordinatorConfig(`stateDir: /var/lib/evenkeel\nbmc: ${bmc}\n`, 'c.yaml');
const GOOD = 'kind: ipmi, transport: lanplus, host: "bmc-{node}", user: u, passwordEnv: P';

test('the BMCs of all nodes over the network, and one that is reached otherwise', () => {
  const { bmc, settings } = load(`{ "*": { ${GOOD} }, N9: { ${GOOD}, port: 6230, cipherSuite: 3 } }`);
  expect(bmc['*']).toMatchObject({ kind: 'ipmi', host: 'bmc-{node}', port: 623, cipherSuite: 17 });
  expect(bmc.N9).toMatchObject({ port: 6230, cipherSuite: 3 });
  expect(settings.bmc).toEqual({ all: true, nodes: ['N9'] });
});

test('a BMC over Redfish, with its certificate named', () => {
  const fingerprint = Array(32).fill('AB').join(':');
  const { bmc } = load(`{ N1: { kind: redfish, host: h, user: u, passwordFile: /p, fingerprint: "${fingerprint}" } }`);
  expect(bmc.N1).toMatchObject({ kind: 'redfish', port: 443, fingerprint, insecure: false, timeoutMs: 10_000 });
});

const REDFISH = 'kind: redfish, host: h, user: u, passwordEnv: P';
test.each([
  [
    'in-band, which is the coordinator itself',
    '{ N1: { kind: ipmi, transport: open } }',
    /c\.yaml:2: bmc\.N1\.transport/,
  ],
  [
    'an unknown kind',
    '{ N1: { kind: ilo } }',
    /bmc\.N1\.kind: "ilo" is not allowed; it must be mock, or ipmi, or redfish/,
  ],
  [
    'a host that is an option',
    `{ N1: { ${GOOD.replace('bmc-{node}', '-P')} } }`,
    /bmc\.N1\.host: "-P" is not allowed; it must be a host name/,
  ],
  [
    'half a fingerprint',
    `{ N1: { ${REDFISH}, fingerprint: "AB:CD" } }`,
    /bmc\.N1\.fingerprint: "AB:CD" is not allowed/,
  ],
  [
    'two ways to trust',
    `{ N1: { ${REDFISH}, insecure: true, caFile: /ca.pem } }`,
    /bmc\.N1\.fingerprint.*the only one of caFile, fingerprint and insecure/,
  ],
  ['a password in no place', '{ N1: { kind: redfish, host: h, user: u } }', /bmc\.N1\.passwordFile/],
])('%s', (_, bmc, expected) => {
  expect(() => load(bmc)).toThrow(expected);
});

test('a password written into the file is refused and not repeated', () => {
  expect(() => load(`{ N1: { ${GOOD}, password: hunter2 } }`)).toThrow(/bmc\.N1\.password is not a known field/);
  expect(() => load(`{ N1: { ${GOOD}, password: hunter2 } }`)).not.toThrow(/hunter2/);
});
