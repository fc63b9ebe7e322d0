import { expect, test } from 'vitest';
import { nearest } from '../../protocol/nearest.ts';

test.each([
  ['replica', ['replicas', 'standby'], 'replicas'],
  ['demnad', ['demand', 'name'], 'demand'],
  ['N10', ['N1', 'N2', 'N11'], 'N1'],
  ['wbe', ['web', 'queue'], 'web'],
  ['WEB', ['web'], 'web'],
  ['foo', ['log', 'env'], null],
  ['x', [], null],
  ['completely-other', ['web', 'queue'], null],
])('%s among %j is %s', (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});
