import type { Durable, DurableChange } from '../../coordinator/core/durable.ts';

/** The coordinator's durable facts, as its store keeps them over its death. */
export class Disk {
  readonly #tables = {
    meta: new Map<string, unknown>(),
    app: new Map<string, unknown>(),
    node: new Map<string, unknown>(),
    slot: new Map<string, unknown>(),
    binding: new Map<string, unknown>(),
    tally: new Map<string, unknown>(),
    health: new Map<string, unknown>(),
    reboot: new Map<string, unknown>(),
    identity: new Map<string, unknown>(),
    disarm: new Map<string, unknown>(),
    fences: new Map<string, unknown>(),
    flap: new Map<string, unknown>(),
  };

  /** All of them or none: nothing in between can be seen. */
  write(changes: readonly DurableChange[]): void {
    for (const { table, key, value } of changes) {
      if (value === null) this.#tables[table].delete(key);
      else this.#tables[table].set(key, value);
    }
  }

  read(): Durable {
    const { meta, app, node, slot, binding, tally, health, reboot, identity, disarm, fences, flap } = this.#tables;
    return {
      meta: (meta.get('meta') as Durable['meta']) ?? null,
      apps: [...app.values()] as Durable['apps'],
      nodes: [...node.values()] as Durable['nodes'],
      slots: [...slot.values()] as Durable['slots'],
      bindings: [...binding.values()] as Durable['bindings'],
      disarmed: (disarm.get('disarm') as Durable['disarmed']) ?? null,
      reboot: (reboot.get('reboot') as Durable['reboot']) ?? null,
      identity: (identity.get('identity') as Durable['identity']) ?? null,
      healths: [...health.values()] as NonNullable<Durable['healths']>,
      fences: (fences.get('fences') as Durable['fences']) ?? null,
      flaps: [...flap.values()] as NonNullable<Durable['flaps']>,
      tallies: [...tally.values()] as NonNullable<Durable['tallies']>,
    };
  }
}
