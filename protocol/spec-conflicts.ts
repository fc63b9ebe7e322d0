import type { AppSpec, Probe } from './spec.ts';

/** A field that is well formed but cannot go with another one. */
export interface Conflict {
  readonly path: readonly (string | number)[];
  readonly allowed: string; // after "it must be"
}

/** What no field shows by itself: every pair of fields in a spec that contradict each other. */
export function conflictsIn(spec: AppSpec): Conflict[] {
  return [
    ...size(spec),
    ...redundancy(spec),
    ...neighbours(spec),
    ...preferences(spec),
    ...ports(spec),
    ...objective(spec),
    ...restart(spec),
    ...budget(spec),
  ];
}

/** What is sent to a node for each instance: many of them have room in one assignment. */
const MAX_RUNTIME_CHARACTERS = 65_536;

function size({ runtime, probes }: AppSpec): Conflict[] {
  const characters = JSON.stringify([runtime, probes]).length;
  return characters <= MAX_RUNTIME_CHARACTERS
    ? []
    : [
        {
          path: ['runtime'],
          allowed: `at most ${MAX_RUNTIME_CHARACTERS} characters long, environment and probes included (it has ${characters}): put what is large into a file`,
        },
      ];
}

function redundancy({ replicas, standby }: AppSpec): Conflict[] {
  return standby > 0 && replicas === 0
    ? [{ path: ['standby'], allowed: '0 where replicas is 0: there is nothing to stand by for' }]
    : [];
}

function neighbours({ name, constraints }: AppSpec): Conflict[] {
  const { affinity, antiAffinity } = constraints;
  const itself = (['affinity', 'antiAffinity'] as const).flatMap((list) =>
    constraints[list].flatMap((app, index) =>
      app === name
        ? [
            {
              path: ['constraints', list, index],
              allowed: 'another application: instances of one application always run on different nodes',
            },
          ]
        : [],
    ),
  );
  const both = antiAffinity.flatMap((app, index) =>
    affinity.includes(app) && app !== name
      ? [
          {
            path: ['constraints', 'antiAffinity', index],
            allowed: 'an application that constraints.affinity does not name too',
          },
        ]
      : [],
  );
  return [...itself, ...both];
}

function preferences({ constraints: { prefer, failback } }: AppSpec): Conflict[] {
  return failback !== undefined && (prefer ?? []).length === 0
    ? [{ path: ['constraints', 'failback'], allowed: 'left out where constraints.prefer names no nodes to go back to' }]
    : [];
}

function portOf(probe: Probe | undefined): { port: string | number; path: string[] } | null {
  if (!probe || 'command' in probe) return null;
  return 'http' in probe
    ? { port: probe.http.port, path: ['http', 'port'] }
    : { port: probe.tcp.port, path: ['tcp', 'port'] };
}

function ports({ runtime, probes }: AppSpec): Conflict[] {
  const declared = runtime.ports;
  const twice = declared.flatMap((port, index) =>
    declared.indexOf(port) < index
      ? [{ path: ['runtime', 'ports', index], allowed: 'a name that the list does not hold yet' }]
      : [],
  );
  const unknown = (['readiness', 'liveness'] as const).flatMap((kind) => {
    const used = portOf(probes[kind]);
    if (!used || typeof used.port === 'number' || declared.includes(used.port)) return [];
    const known = declared.length > 0 ? declared.join(', ') : 'none is declared';
    return [
      {
        path: ['probes', kind, ...used.path],
        allowed: `a port number or a name declared in runtime.ports (${known})`,
      },
    ];
  });
  return [...twice, ...unknown];
}

function objective({ objective, demand, probes }: AppSpec): Conflict[] {
  if (objective?.kind === 'latency' && !probes.readiness && !probes.liveness)
    return [
      { path: ['objective', 'kind'], allowed: 'cpu or value where there is no probe: latency is that of a probe' },
    ];
  if (objective?.kind === 'cpu' && !((demand.cpu ?? 0) > 0))
    return [
      {
        path: ['objective', 'kind'],
        allowed: 'latency or value where demand.cpu is 0 or missing: cpu is counted in % of it',
      },
    ];
  return [];
}

function restart({ runtime: { restart } }: AppSpec): Conflict[] {
  return restart.maxBackoffMs < restart.backoffMs
    ? [{ path: ['runtime', 'restart', 'maxBackoffMs'], allowed: `at least backoffMs, which is ${restart.backoffMs}` }]
    : [];
}

function budget({ budget, replicas, standby }: AppSpec): Conflict[] {
  return budget && budget.minAvailable > replicas + standby
    ? [
        {
          path: ['budget', 'minAvailable'],
          allowed: `at most ${replicas + standby}, as many instances as replicas and standby ask for`,
        },
      ]
    : [];
}
