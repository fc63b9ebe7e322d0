import { expect, test } from 'vitest';
import type { BmcIdentity } from '../../hw/bmc.ts';
import { sameServer } from '../../hw/same-server.ts';

const id = (guid: string, serial = ''): BmcIdentity => ({ guid, serial });
const A = '00112233445566778899aabbccddeeff';

test.each<[string, BmcIdentity | null, BmcIdentity, boolean]>([
  ['the same GUID', id(A), id(A), true],
  ['as text', id('00112233-4455-6677-8899-AABBCCDDEEFF'), id(A), true],
  ['in the order of SMBIOS', id('33221100-5544-7766-8899-aabbccddeeff'), id(A), true],
  ['in the order of IPMI', id(A), id('ffeeddccbbaa99887766554433221100'), true],
  ['another GUID', id(A), id(`1${A.slice(1)}`), false],
  ['another GUID, though the chassis gives both one serial number', id(A, 'S1'), id(`1${A.slice(1)}`, 'S1'), false],
  ['the same serial number, where one has no GUID', id('', 'S1'), id(A, 'S1'), true],
  ['another serial number', id('', 'S1'), id(A, 'S2'), false],
  ['nothing to compare', id(A), id('', 'S1'), false],
  ['nothing known at all', id(''), id(''), false],
  ['a node that has said nothing', null, id(A, 'S1'), false],
  ['nonsense is equal to nothing', id('nonsense'), id('nonsense'), false],
])('%s', (_, own, answered, same) => {
  expect(sameServer(own, answered).same).toBe(same);
});
