import { cpus, totalmem } from 'node:os';
import { memoryReadings, parseMemory } from '../../../hw/memory.ts';
import { readText } from '../../../hw/text-file.ts';
import type { NodeView } from '../../../protocol/view.ts';
import { table } from '../../table.ts';
import { byName } from '../outside.ts';
import type { Scenario, Stage } from '../stage.ts';
import { setUp } from './7a-initial-state.ts';

export const applianceInitialState: Scenario = {
  name: '8a',
  title: 'Initial state of a cluster appliance: the servers and their hardware',
  after: [],
  async run(stage) {
    await setUp(stage);
    const reported = () =>
      stage.view.nodes.every((node) => reading(node, 'bmc/FAN1') !== null && memoryOf(node) !== null);
    await stage.until('every server has reported its sensors', reported);
    const nodes = [...stage.view.nodes].sort((a, b) => byName(a.node, b.node));
    stage.screen.lines(['', ...hardwareTable(nodes), '', ...machineLines(nodes[0])]);
    checkHardware(stage, nodes);
  },
};

function reading(node: NodeView | undefined, sensor: string): number | null {
  return node?.readings.find((one) => one.sensor === sensor)?.value ?? null;
}
const memoryOf = (node: NodeView | undefined) => reading(node, 'memory/used');

function hardwareTable(nodes: readonly NodeView[]): string[] {
  const rows = nodes.map((node) => {
    const fans = [1, 2, 3, 4].map((fan) => reading(node, `bmc/FAN${fan}`));
    const supplies = [1, 2].filter((supply) => reading(node, `bmc/PSU${supply}`) === 1).length;
    return [
      node.node,
      node.server?.serial ?? '?',
      node.health,
      `${reading(node, 'bmc/CPU Temp') ?? '-'} °C`,
      `${reading(node, 'bmc/Inlet Temp') ?? '-'} °C`,
      fans.map((rpm) => rpm ?? '-').join(' '),
      `${supplies} of 2`,
      `${reading(node, 'bmc/Power') ?? '-'} W`,
    ];
  });
  const titles = ['node', 'server', 'health', 'CPU', 'inlet', 'fans (RPM)', 'supplies', 'power'];
  return table(
    titles.map((title) => ({ title })),
    rows,
  )
    .trimEnd()
    .split('\n');
}

/** What the agent read from this very machine. */
function machineLines(node: NodeView | undefined): string[] {
  const gib = (bytes: number | null) => (bytes === null ? '-' : `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  const percent = (sensor: string) => `${reading(node, sensor)?.toFixed(0) ?? '-'} %`;
  return [
    `this machine, as ${node?.node} reports it: ${node?.inventory?.cpuModel}, ${node?.inventory?.cpuCores} cores, ${node?.inventory?.os}`,
    `CPU busy ${percent('cpu/busy')}, pressure ${percent('psi/cpu/some10')}, load ${reading(node, 'load/1min') ?? '-'}, memory used ${gib(memoryOf(node))} of ${gib(node?.inventory?.memoryBytes ?? null)}`,
  ];
}

function checkHardware(stage: Stage, nodes: readonly NodeView[]): void {
  const serials = new Set(nodes.map(({ server }) => server?.serial));
  const own = new Set(nodes.map(({ node }) => stage.cluster.rack.server(node).serial));
  stage.check(
    serials.size === nodes.length && [...own].every((serial) => serials.has(serial)),
    `${nodes.length} servers, each known by the serial number that its BMC gives`,
  );
  const well = nodes.filter(({ health }) => health === 'ok').length;
  stage.check(well === nodes.length, `the hardware of ${well} of ${nodes.length} servers is well`);
  const memory = parseMemory(readText('/proc/meminfo') ?? '');
  const used = memory ? (memoryReadings(memory)[0]?.value ?? 0) : 0;
  const close = nodes.every((node) => Math.abs((memoryOf(node) ?? 0) - used) < 0.25 * used + 2 ** 28);
  const sameMachine = nodes.every(
    ({ inventory }) => inventory?.cpuCores === cpus().length && Math.abs(inventory.memoryBytes - totalmem()) < 2 ** 20,
  );
  stage.check(close && sameMachine, 'what the agents report of CPU and memory is what this machine says of itself');
}
