import { expect, test } from 'vitest';
import { type Change, orderedActions } from '../../placement/ordered-actions.ts';

const change = (over: Partial<Change>): Change => ({
  from: [0, 0],
  to: [0, 0],
  failed: [false, false],
  orders: [],
  fenced: [],
  ...over,
});
const order = { first: 0, second: 1, needed: true };
const named = (one: Change) => orderedActions(one)?.map(({ kind, instance, node }) => `${kind} ${instance}@${node}`);

test('nothing changes: nothing is done', () => {
  expect(named(change({ orders: [order] }))).toEqual([]);
});

test('the second stops before the first and starts after it', () => {
  expect(named(change({ to: [1, 1], orders: [order] }))).toEqual(['stop 1@0', 'stop 0@0', 'start 0@1', 'start 1@1']);
});

test('who needs one that restarts in place restarts too; who only comes after it does not', () => {
  const failed = [true, false];
  expect(named(change({ failed, orders: [order] }))).toEqual(['stop 1@0', 'stop 0@0', 'start 0@0', 'start 1@0']);
  expect(named(change({ failed, orders: [{ ...order, needed: false }] }))).toEqual(['stop 0@0', 'start 0@0']);
});

test('a node is fenced before anything starts, and nothing is stopped on it', () => {
  expect(named(change({ to: [1, 1], fenced: [0] }))).toEqual(['fence -1@0', 'start 0@1', 'start 1@1']);
});

test('orders in a circle have no plan', () => {
  const orders = [order, { first: 1, second: 0, needed: false }];
  expect(orderedActions(change({ to: [1, 1], orders }))).toBeNull();
});
