import { expect, test } from 'vitest';
import { BATCH, DB, nineNodes, PERFECT, WEB, type World } from './world.ts';

/*
 * Faults from a seed: servers lose power, freeze, are cut off, BMCs fall silent, the coordinator is killed. At every step the
 * world checks that nothing is active twice; in the end, healed, everything must run again.
 */

/** mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const FAULTS: Record<string, (world: World, name: string, random: () => number) => void> = {
  power: (world, name) => world.node(name).power && world.losePower(name),
  freeze: (world, name) => {
    world.node(name).frozen = true;
  },
  thaw: (world, name) => {
    world.node(name).frozen = false;
  },
  cut: (world, name) => {
    world.node(name).connected = false;
  },
  heal: (world, name) => {
    world.node(name).connected = true;
  },
  boot: (world, name) => !world.node(name).power && world.restorePower(name),
  bmcSilent: (world, name) => {
    world.node(name).bmc = 'silent';
  },
  bmcBack: (world, name) => {
    world.node(name).bmc = 'answers';
  },
  coordinator: (world, _name, random) => world.restartCoordinator(random() < 0.5 ? 0 : 3000),
  drain: (world, name) => world.command({ kind: 'node', action: 'drain', node: world.node(name).name }),
  uncordon: (world, name) => world.command({ kind: 'node', action: 'uncordon', node: world.node(name).name }),
};

function misfortune(world: World, random: () => number): string {
  const kinds = Object.keys(FAULTS);
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'heal';
  const name = `N${1 + Math.floor(random() * 9)}`;
  FAULTS[kind]?.(world, name, random);
  return `${world.at}: ${kind} ${name}`;
}

/** What the coordinator believes to run and does not. */
function missing(world: World): string[] {
  return [...world.state.bindings.values()]
    .filter(({ record }) => !world.node(record.node).processes.get(record.instance)?.has(record.generation))
    .map(({ record }) => {
      const { watch } = world.state.nodes.get(record.node) ?? {};
      const node = world.node(record.node);
      const told = `assigned ${watch?.assigned} obeyed ${watch?.obeyed.term}/${watch?.obeyed.revision}`;
      return `${record.instance}#${record.generation} on ${record.node}: ${told}, really ${node.term}/${node.revision}`;
    });
}

test.each(Array.from({ length: Number(process.env.SEEDS ?? 16) }, (_, seed) => seed + 1))('seed %i', (seed) => {
  const random = generator(seed);
  const world = nineNodes({ massSilenceShare: 0.6 });
  const faults: string[] = [];
  try {
    world.apply(DB);
    world.apply({ ...WEB, replicas: 4 });
    world.apply(BATCH);
    world.run(3000);
    if (seed % 2 === 0)
      world.network = { loss: 0.1 * random(), doubled: 0.2 * random(), delayMs: 50 + 1500 * random() ** 3, random };
    for (let i = 0; i < 12; i++) {
      faults.push(misfortune(world, random));
      world.run(100 * Math.floor(random() * 80));
    }
    world.network = PERFECT;
    for (const node of world.nodes.values()) {
      node.frozen = false;
      node.connected = true;
      node.bmc = 'answers';
    }
    world.run(20_000);
    for (const node of world.nodes.values()) {
      world.command({ kind: 'node', action: 'uncordon', node: node.name });
      if (!node.power) world.restorePower(node.name);
    }
    world.run(70_000); // beyond the cool-down of voluntary moves
    expect(missing(world).join('; ')).toBe('');
    expect(world.running()).toHaveLength(10);
    expect(world.activesOf('db')).toBe(1);
    expect(world.activesOf('web')).toBe(4);
    expect(world.activesOf('batch')).toBe(4);
    expect(world.view().tone).toBe('good');
    const starts = world.starts.length;
    world.run(30_000);
    expect(world.starts.length).toBe(starts); // nothing moves once all is well
  } catch (error) {
    throw new Error(
      `${String(error)}\nfaults:\n${faults.join('\n')}\njournal:\n${world.journal
        .map((line) => `${line.at}: ${line.text}`)
        .slice(-60)
        .join('\n')}`,
    );
  }
});
