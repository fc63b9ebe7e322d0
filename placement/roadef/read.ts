import type { RoadefModel, RoadefService } from './model.ts';
import { type Numbers, numbersIn } from './numbers.ts';

/** Reads a model; `file` names it in errors. Throws RoadefFileError for the first thing that is wrong. */
export function readModel(bytes: Uint8Array, file: string): RoadefModel {
  const numbers = numbersIn(bytes, file);
  const resources = Array.from({ length: numbers.nextCount(() => 'the number of resources', 2) }, (_, r) => ({
    transient: numbers.next(() => `resource ${r}: transient`, 1) === 1,
    loadWeight: numbers.next(() => `resource ${r}: load weight`),
  }));
  const machines = readMachines(numbers, resources.length);
  const services = readServices(numbers);
  const processes = readProcesses(numbers, resources.length, services.length);
  const balances = Array.from({ length: numbers.nextCount(() => 'the number of balances', 4) }, (_, b) => ({
    first: numbers.next(() => `balance ${b}: first resource`, resources.length - 1),
    second: numbers.next(() => `balance ${b}: second resource`, resources.length - 1),
    target: numbers.next(() => `balance ${b}: target`),
    weight: numbers.next(() => `balance ${b}: weight`),
  }));
  const weights = {
    processMove: numbers.next(() => 'the weight of process moves'),
    serviceMove: numbers.next(() => 'the weight of service moves'),
    machineMove: numbers.next(() => 'the weight of machine moves'),
  };
  numbers.requireEnd();
  return { resources, ...machines, services, ...processes, balances, weights };
}

function readMachines(numbers: Numbers, resources: number) {
  const machines = numbers.nextCount(() => 'the number of machines', 3 + 2 * resources);
  // A machine more of the file is a row of the matrix more: counted alone, a short file could ask for a vast matrix.
  if (machines > 65_536) numbers.refuse('the number of machines', `is ${machines}; at most 65536 are allowed`);
  const neighbourhood = new Uint32Array(machines);
  const location = new Uint32Array(machines);
  const capacity = new Uint32Array(machines * resources);
  const safety = new Uint32Array(machines * resources);
  let machineMoveCost: Uint8Array | Uint32Array = new Uint8Array(0);
  for (let m = 0; m < machines; m++) {
    neighbourhood[m] = numbers.next(() => `machine ${m}: neighbourhood`);
    location[m] = numbers.next(() => `machine ${m}: location`);
    for (let r = 0; r < resources; r++) {
      capacity[m * resources + r] = numbers.next(() => `machine ${m}: capacity of resource ${r}`);
    }
    for (let r = 0; r < resources; r++) {
      safety[m * resources + r] = numbers.next(() => `machine ${m}: safety capacity of resource ${r}`);
    }
    for (let to = 0; to < machines; to++) {
      const cost = numbers.next(() => `machine ${m}: cost of a move to machine ${to}`);
      if (to === m && cost !== 0) numbers.refuse(`machine ${m}: cost of a move to itself`, `is ${cost}; it must be 0`);
      // Only now is it known that the file is no shorter than one row says; the matrix grows with what was read.
      if (m * machines + to >= machineMoveCost.length) machineMoveCost = grown(machineMoveCost, machines, m);
      if (cost > 255 && machineMoveCost instanceof Uint8Array) machineMoveCost = Uint32Array.from(machineMoveCost);
      machineMoveCost[m * machines + to] = cost;
    }
  }
  return { machines, neighbourhood, location, capacity, safety, machineMoveCost };
}

/** The matrix with room for twice the rows, at most all of them. */
function grown(matrix: Uint8Array | Uint32Array, machines: number, row: number): Uint8Array | Uint32Array {
  const length = machines * Math.min(machines, Math.max(16, 2 * row));
  const larger = matrix instanceof Uint8Array ? new Uint8Array(length) : new Uint32Array(length);
  larger.set(matrix);
  return larger;
}

function readServices(numbers: Numbers): readonly RoadefService[] {
  const count = numbers.nextCount(() => 'the number of services', 2);
  return Array.from({ length: count }, (_, s) => {
    const spreadMin = numbers.next(() => `service ${s}: least number of locations`);
    const dependsOn = new Uint32Array(numbers.nextCount(() => `service ${s}: number of dependencies`, 1));
    for (let d = 0; d < dependsOn.length; d++) {
      dependsOn[d] = numbers.next(() => `service ${s}: dependency ${d}`, count - 1);
    }
    return { spreadMin, dependsOn };
  });
}

function readProcesses(numbers: Numbers, resources: number, services: number) {
  const processes = numbers.nextCount(() => 'the number of processes', 2 + resources);
  const service = new Uint32Array(processes);
  const need = new Uint32Array(processes * resources);
  const processMoveCost = new Uint32Array(processes);
  for (let p = 0; p < processes; p++) {
    service[p] = numbers.next(() => `process ${p}: service`, services - 1);
    for (let r = 0; r < resources; r++) {
      need[p * resources + r] = numbers.next(() => `process ${p}: requirement of resource ${r}`);
    }
    processMoveCost[p] = numbers.next(() => `process ${p}: move cost`);
  }
  return { processes, service, need, processMoveCost };
}

/** Reads where each process of the model is. */
export function readAssignment(bytes: Uint8Array, file: string, model: RoadefModel): Int32Array {
  const numbers = numbersIn(bytes, file);
  const machineOf = new Int32Array(model.processes);
  for (let p = 0; p < model.processes; p++) {
    machineOf[p] = numbers.next(() => `process ${p}: machine`, model.machines - 1);
  }
  numbers.requireEnd();
  return machineOf;
}
