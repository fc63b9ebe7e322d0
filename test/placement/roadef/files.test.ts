import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roadefLowerBound } from '../../../placement/roadef/bound.ts';
import { roadefViolations } from '../../../placement/roadef/check.ts';
import { roadefCost } from '../../../placement/roadef/cost.ts';
import { readAssignment, readModel } from '../../../placement/roadef/read.ts';
import { requireSolvable } from '../../../placement/roadef/solvable.ts';
import { assignmentText } from '../../../placement/roadef/write.ts';
import { aCase, modelText, smallCases } from './models.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const model = (text: string) => readModel(bytes(text), 'model.txt');

// Two resources, the first transient; two machines in one neighbourhood and two locations; services 0 (one location) and
// 1 (needs 0); three processes; one balance.
const SMALL = `2
1 10
0 5
2
0 0 10 20 5 20 0 1
0 1 10 20 10 20 1 0
2
0 0
1 1 0
3
0 4 1 1
1 3 2 1
1 2 2 2
1
0 1 2
7
1 10 100
`;

test('what a file says', () => {
  const read = model(SMALL);
  expect(read).toMatchObject({
    machines: 2,
    processes: 3,
    weights: { processMove: 1, serviceMove: 10, machineMove: 100 },
  });
  expect([...read.need]).toEqual([4, 1, 3, 2, 2, 2]);
  expect([...read.services[1]!.dependsOn]).toEqual([0]);
  expect(read.balances).toEqual([{ first: 0, second: 1, target: 2, weight: 7 }]);
});

test('what an assignment costs, worked out by hand', () => {
  const read = model(SMALL);
  // At first machine 0 uses 7 and 3, machine 1 uses 2 and 2: load 10 × 2 above safety; what is left is (3, 17) and (8, 18).
  expect(roadefCost(read, [0, 0, 1], [0, 0, 1])).toMatchObject({ load: 20, balance: 0, total: 20, moves: 0 });
  // Process 0 goes to machine 1: (3, 2) and (6, 3) used, (7, 18) and (4, 17) left.
  expect(roadefCost(read, [0, 0, 1], [1, 0, 1])).toEqual({
    ...{ load: 0, balance: 0, processMove: 1, serviceMove: 10, machineMove: 100, total: 111, moves: 1 },
  });
  expect(roadefLowerBound(read)).toBe(0);
});

test('what breaks a rule', () => {
  const read = model(SMALL);
  const rules = (machineOf: readonly number[]) => roadefViolations(read, [0, 0, 1], machineOf).map((one) => one.rule);
  expect(rules([0, 0, 1])).toEqual([]);
  expect(rules([0, 1, 1])).toEqual(['conflict']);
  expect(rules([0, 0])).toEqual(['length']);
  expect(rules([0, 0, 2])).toEqual(['machine']);
  const full = model(SMALL.replace('0 0 10 20 5', '0 0 6 20 5'));
  expect(roadefViolations(full, [0, 0, 1], [0, 0, 1]).map((one) => one.text)).toEqual([
    'machine 0 has 6 of resource 0, 7 used',
  ]);
  expect(roadefViolations(full, [1, 0, 1], [1, 0, 1])).toEqual([]);
  const apart = model(SMALL.replace('0 0 10 20 5', '1 0 10 20 5').replace('1 1 0\n3', '2 1 0\n3'));
  expect(roadefViolations(apart, [0, 0, 1], [0, 0, 1]).map((one) => one.rule)).toEqual(['dependency']);
  expect(roadefViolations(apart, [0, 0, 1], [1, 0, 0]).map((one) => one.rule)).toEqual([
    ...['conflict', 'spread', 'dependency'],
  ]);
});

test('a transient resource is kept where a process was', () => {
  const read = model(SMALL.replace('0 0 10 20 5', '0 0 8 20 5'));
  expect(roadefViolations(read, [0, 0, 1], [1, 0, 0]).map((one) => one.rule)).toEqual(['transient', 'conflict']);
});

test('what is written is read back, whatever the white space', () => {
  fc.assert(
    fc.property(smallCases, fc.constantFrom('\n', ' ', '\r\n', '\t\n\n'), ({ model: drawn, initial }, space) => {
      const read = model(modelText(drawn).replaceAll('\n', space));
      expect(read).toEqual({ ...drawn, resources: read.resources, services: read.services, balances: read.balances });
      expect(readAssignment(bytes(assignmentText(initial)), 'a.txt', read)).toEqual(initial);
      expect(roadefViolations(read, initial, initial)).toEqual([]);
      expect(roadefLowerBound(read)).toBeLessThanOrEqual(roadefCost(read, initial, initial).total);
      requireSolvable(read, initial);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});

describe('bad input is refused, naming line and field', () => {
  test.each([
    ['', 'model.txt: line 1: the number of resources is missing: the file ends before it'],
    [SMALL.slice(0, -4), 'line 17: the weight of machine moves is missing'],
    [SMALL.replace('1 10\n', '2 10\n'), 'line 2: resource 0: transient is "2"; it must be a whole number from 0 to 1'],
    [SMALL.replace('0 5\n', '0 -5\n'), 'line 3: resource 1: load weight is "-5"; it must be a whole number from 0'],
    [SMALL.replace('0 0 10 20 5', '0 0 4294967296 20 5'), 'line 5: machine 0: capacity of resource 0 is "4294967296"'],
    [SMALL.replace('0 0 10 20 5', '0 0 1e9 20 5'), 'line 5: machine 0: capacity of resource 0 is "1e9"'],
    [SMALL.replace('20 0 1\n', '20 3 1\n'), 'line 5: machine 0: cost of a move to itself is 3; it must be 0'],
    [
      SMALL.replace('1 1 0\n3', '1 1 2\n3'),
      'line 9: service 1: dependency 0 is "2"; it must be a whole number from 0 to 1',
    ],
    [SMALL.replace('0 4 1 1', '2 4 1 1'), 'line 11: process 0: service is "2"'],
    [SMALL.replace('0 1 2\n7', '0 2 2\n7'), 'line 15: balance 0: second resource is "2"'],
    [`${SMALL}5`, 'line 18: the end was expected, but "5" follows'],
    ['4000000000', 'the number of resources is 4000000000, for which the rest of the file is too short'],
    ['0 4000000000', 'the number of machines is 4000000000, for which the rest of the file is too short'],
    ['0 0 0 4000000000 1 1', 'the number of processes is 4000000000'],
    ['1 0 1 1 0 0 5 5 0 0 1 0 1 1 0 1 1 1', 'process 0: service is "0"; there is none that it could name'],
    [SMALL.replace('0 4 1 1', '0 -4 1 1'), 'line 11: process 0: requirement of resource 0 is "-4"'],
    [SMALL.replace('\n3\n0 4', '\n4000000000\n0 4'), 'line 10: the number of processes is 4000000000, for which'],
    [
      SMALL.replace('2\n0 0\n1 1 0', '4000000000\n0 0\n1 1 0'),
      'line 7: the number of services is 4000000000, for which',
    ],
    ['\0\u{1f600}', 'the number of resources is "\\u0000'],
  ])('%#', (text, message) => {
    expect(() => model(text)).toThrow(message);
  });

  test('assignments', () => {
    const read = model(SMALL);
    const assignment = (text: string) => readAssignment(bytes(text), 'a.txt', read);
    expect([...assignment('0\n0\n1')]).toEqual([0, 0, 1]);
    expect(() => assignment('0 0')).toThrow('a.txt: line 1: process 2: machine is missing');
    expect(() => assignment('0\n2 0')).toThrow('a.txt: line 2: process 1: machine is "2"; it must be a whole number');
    expect(() => assignment('0 0 1 1')).toThrow('a.txt: line 1: the end was expected, but "1" follows');
  });

  test('a file cut off anywhere, or with any one byte changed, is refused or read, never more', () => {
    fc.assert(
      fc.property(fc.nat(SMALL.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const cut = bytes(SMALL).subarray(0, at);
        const changed = bytes(SMALL);
        changed[at] = byte;
        for (const content of [cut, changed]) {
          try {
            readModel(content, 'm');
          } catch (error) {
            expect(String(error)).toMatch(/^RoadefFileError: m: line \d+: /);
          }
        }
      }),
      { numRuns: 2000, seed: 20261123 },
    );
  });

  test('a larger file cut off after every tenth number is refused, with the line of what is missing', () => {
    const drawn = modelText(aCase(20261123, { machines: 12, processes: 90, resources: 5 }).model);
    const words = [...drawn.matchAll(/\S+\s*/g)].map(([word]) => word);
    expect(words.length).toBeGreaterThan(500);
    for (let k = 0; k < words.length; k += 10) {
      const cut = words.slice(0, k).join('');
      const line = cut.split('\n').length;
      expect(() => model(cut)).toThrow(/^model\.txt: line \d+: .*( is missing: the file ends before it|too short)$/);
      try {
        model(cut);
      } catch (error) {
        expect((error as { line: number }).line).toBeLessThanOrEqual(line);
      }
    }
  });

  test('no machines, no processes, services without any', () => {
    const nothing = '1\n0 1\n0\n0\n0\n0\n1 1 1\n';
    expect(() => requireSolvable(model(nothing), [])).not.toThrow();
    const noMachines = model('1\n0 1\n0\n1\n0 0\n1\n0 1 1\n0\n1 1 1\n');
    expect(() => readAssignment(bytes('0\n'), 'a.txt', noMachines)).toThrow(
      'a.txt: line 1: process 0: machine is "0"; there is none that it could name',
    );
    const unused = (spread: number) => model(SMALL.replace('2\n0 0\n1 1 0', `3\n0 0\n1 1 0\n${spread} 0`));
    expect(() => requireSolvable(unused(0), [0, 0, 1])).not.toThrow();
    expect(() => requireSolvable(unused(5), [0, 0, 1])).toThrow('service 2 is in 0 locations and needs 5');
  });

  test('what cannot be solved exactly', () => {
    const solvable = (text: string, initial: readonly number[]) => () => requireSolvable(model(text), initial);
    expect(solvable(SMALL, [0, 0, 1])).not.toThrow();
    expect(solvable(SMALL, [0, 0, 0])).toThrow(
      'the first assignment breaks constraints: service 1 has two processes on machine 0, one is 2',
    );
    expect(solvable(SMALL.replace('0 0 10 20 5', '0 0 2000000000 20 5'), [0, 0, 1])).toThrow(
      'capacity of machine 0, resource 0 is 2000000000',
    );
    const crowded = {
      ...model('1\n0 1\n1\n0 0 0 0 0\n0\n0\n0\n1 1 1\n'),
      ...{ machines: 24_000, processes: 40_000, capacity: new Uint32Array(24_000), safety: new Uint32Array(24_000) },
      ...{ neighbourhood: new Uint32Array(24_000), location: new Uint32Array(24_000), need: new Uint32Array(40_000) },
      services: Array.from({ length: 40_000 }, () => ({ spreadMin: 0, dependsOn: new Uint32Array(0) })),
      ...{ service: Uint32Array.from(new Array(40_000).keys()), processMoveCost: new Uint32Array(40_000) },
    };
    expect(() => requireSolvable(crowded, new Int32Array(40_000))).toThrow('it would take more than 2 GiB of memory');
    expect(solvable(SMALL.replace('1 10 100', '1 10 4294967295'), [0, 0, 1])).not.toThrow();
    expect(solvable(SMALL.replace('0 5\n', '0 2147483647\n').replaceAll(' 20', ' 1000000000'), [0, 0, 1])).toThrow(
      'costs may pass 2^53',
    );
  });
});
