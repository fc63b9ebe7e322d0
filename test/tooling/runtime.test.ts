import { expect, test } from 'vitest';
import { findRuntime, ROOT } from '../../scripts/runtime.mjs';

const HERE = `${ROOT}package.json`; // any file that exists
const NOWHERE = '/nonexistent/node';

test('a Node that is new enough needs no package', () => {
  expect(findRuntime('26.0.0', NOWHERE)).toBe(process.execPath);
  expect(findRuntime('30.1.0', HERE)).toBe(process.execPath);
});

test('an older Node hands over to the packaged one', () => {
  expect(findRuntime('20.20.2', HERE)).toBe(HERE);
  expect(findRuntime('9.0.0', HERE)).toBe(HERE);
});

test('without either, the error says what to do', () => {
  expect(() => findRuntime('20.20.2', NOWHERE)).toThrow(
    /needs Node 26.*this is Node 20\.20\.2.*npm ci.*install Node 26/,
  );
});
