import { expect, test } from 'vitest';
import { waitingText, waitingTogether } from '../../coordinator/core/waiting.ts';
import type { InstanceId } from '../../protocol/ids.ts';

const wait = (index: number, ...reasons: string[]) => ({ instance: `web/${index}` as InstanceId, reasons });
const texts = (...all: ReturnType<typeof wait>[]) => waitingTogether(all).map(waitingText);

test('instances with the same reasons are told of together, others by themselves', () => {
  expect(texts(wait(0, 'no room'), wait(1, 'not allowed'), wait(2, 'no room'))).toEqual([
    'web/0 and web/2 wait: no room',
    'web/1 waits: not allowed',
  ]);
});

test('of many only the first are named', () => {
  const many = Array.from({ length: 6 }, (_, index) => wait(index, 'no room', 'no rack'));
  expect(texts(...many)).toEqual(['web/0, web/1, web/2 and 3 more wait: no room; no rack']);
  expect(texts(...many.slice(0, 4))).toEqual(['web/0, web/1, web/2 and web/3 wait: no room; no rack']);
});
