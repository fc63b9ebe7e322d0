import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppSpec } from '../../protocol/spec.ts';
import { parseSpecs, writeSpec } from '../../protocol/spec-file.ts';

const GOOD = `name: web
replicas: 2
demand:
  cpu: 250m
  memory: 64Mi
runtime:
  driver: process
  command: [node, server.mjs]
  ports: [http]
probes:
  readiness:
    http: { port: http, path: /health }
`;

function specsOf(text: string): AppSpec[] {
  const result = parseSpecs(text, 'web.yaml');
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.specs;
}
function errorsOf(text: string) {
  const result = parseSpecs(text, 'web.yaml');
  return result.ok ? [] : result.errors;
}

test('a spec is read in normal form, every default filled in', () => {
  expect(specsOf(GOOD)).toEqual([
    {
      name: 'web',
      replicas: 2,
      standby: 0,
      priority: 50,
      demand: { cpu: 250, memory: 67_108_864 },
      constraints: { allow: [], forbid: [], affinity: [], antiAffinity: [], spread: 'domain' },
      runtime: {
        driver: 'process',
        command: ['node', 'server.mjs'],
        env: {},
        ports: ['http'],
        stopGraceMs: 5000,
        log: { maxBytes: 1_048_576, files: 3 },
        restart: { backoffMs: 200, maxBackoffMs: 30_000 },
      },
      probes: {
        readiness: { http: { port: 'http', path: '/health' }, intervalMs: 1000, timeoutMs: 1000, failureThreshold: 3 },
      },
      isolation: 'keep',
      move: 'make-before-break',
    },
  ]);
});

test('JSON is read too, indented with tabs', () => {
  const json = JSON.stringify(
    { name: 'web', demand: { cpu: 1 }, runtime: { driver: 'process', command: ['x'] } },
    null,
    '\t',
  );
  expect(specsOf(json)).toMatchObject([{ name: 'web', demand: { cpu: 1000 } }]);
});

test('JSON as a program writes it says the same as with a line end after it, which only the parser of YAML reads', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('web', 'process', 1, '250m', ['/bin/true'], { __proto__: 1 }));
  const part = fc.dictionary(
    fc.constantFrom('cpu', 'driver', 'command', 'env', 'x', '__proto__', 'constructor'),
    value,
  );
  const spec = fc.dictionary(
    fc.constantFrom('name', 'replicas', 'demand', 'runtime', 'probes', 'nonsense', '__proto__'),
    fc.oneof(value, part, fc.constant({ driver: 'process', command: ['x'] })),
  );
  fc.assert(
    fc.property(spec, (one) => {
      const json = JSON.stringify(one);
      expect(parseSpecs(json, 'web.json')).toEqual(parseSpecs(`${json}\n`, 'web.json'));
    }),
    { numRuns: 200 },
  );
});

test.each([
  [
    'a key that is there twice',
    '{"name":"web","name":"web","demand":{},"runtime":{"driver":"process","command":["x"]}}',
  ],
  ['half of it', '{"name":"web"'],
])('JSON is told what is wrong with it: %s', (_, text) => {
  expect(errorsOf(text).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^web.yaml:1: not valid YAML: /),
  ]);
});

test('several documents are several applications; empty ones do not count', () => {
  expect(specsOf(`---\n${GOOD}---\n---\n${GOOD.replace('name: web', 'name: queue')}`).map(({ name }) => name)).toEqual([
    'web',
    'queue',
  ]);
});

test('aliases and anchors are followed', () => {
  const [spec] = specsOf(
    `name: a\ndemand: &d { cpu: 1 }\nruntime: { driver: process, command: [&x run, *x], env: {} }\n`,
  );
  expect(spec).toMatchObject({ demand: { cpu: 1000 }, runtime: { command: ['run', 'run'] } });
});

/** [what is changed in GOOD, to what, the message] */
const MISTAKES: readonly (readonly [string, string, string])[] = [
  [
    'replicas: 2',
    'replicas: "three"',
    'web.yaml:2: replicas: "three" is not allowed; it must be a whole number from 0 to 10000',
  ],
  [
    'replicas: 2',
    'replicas: 1.5',
    'web.yaml:2: replicas: 1.5 is not allowed; it must be a whole number from 0 to 10000',
  ],
  [
    'replicas: 2',
    'replicas: 10001',
    'web.yaml:2: replicas: 10001 is not allowed; it must be a whole number from 0 to 10000',
  ],
  [
    'replicas: 2',
    'replicas:',
    'web.yaml:2: replicas: an empty value is not allowed; it must be a whole number from 0 to 10000',
  ],
  ['replicas: 2', 'replica: 2', 'web.yaml:2: replica is not a known field; did you mean replicas?'],
  ['replicas: 2', 'priority: 101', 'web.yaml:2: priority: 101 is not allowed; it must be a whole number from 0 to 100'],
  [
    'replicas: 2',
    'budget: { minAvailable: 2 }',
    'web.yaml:2: budget.minAvailable: 2 is not allowed; it must be at most 1, as many instances as replicas and standby ask for',
  ],
  [
    'replicas: 2',
    'budget: { maxMoving: 0 }',
    'web.yaml:2: budget.maxMoving: 0 is not allowed; it must be a whole number from 1 to 1000',
  ],
  ['replicas: 2', 'isolation: never', 'web.yaml:2: isolation: "never" is not allowed; it must be keep or stop'],
  [
    'name: web',
    'name: my web',
    'web.yaml:1: name: "my web" is not allowed; it must be 1 to 63 letters, digits and inner hyphens',
  ],
  ['name: web\n', '', 'web.yaml:1: name is missing; it must be 1 to 63 letters, digits and inner hyphens'],
  ['  cpu: 250m', '  cpu: fast', 'web.yaml:4: demand.cpu: "fast" is not allowed; it must be a number of cores'],
  ['  cpu: 250m', '  CPU: 1', 'web.yaml:4: the name "CPU" is not allowed in demand; it must be a small letter'],
  [
    '  memory: 64Mi',
    '  memory: 64Mb',
    'web.yaml:5: demand.memory: "64Mb" is not allowed; it must be a whole number of bytes',
  ],
  ['  driver: process', '  driver: docker', 'web.yaml:7: runtime.driver: "docker" is not allowed; it must be process'],
  [
    '[node, server.mjs]',
    '[sleep, 10]',
    'web.yaml:8: runtime.command[1]: 10 is not allowed; it must be text of at most 4096 characters (in quotes: "10")',
  ],
  [
    '[node, server.mjs]',
    '[]',
    'web.yaml:8: runtime.command: an empty list is not allowed; it must be a list of 1 to 200 entries',
  ],
  [
    'ports: [http]',
    'ports: [http, HTTP]',
    'web.yaml:9: runtime.ports[1]: "HTTP" is not allowed; it must be a port name',
  ],
  [
    'ports: [http]',
    'ports: [http, http]',
    'web.yaml:9: runtime.ports[1]: "http" is not allowed; it must be a name that the list does not hold yet',
  ],
  [
    'ports: [http]',
    'ports: [web]',
    'web.yaml:12: probes.readiness.http.port: "http" is not allowed; it must be a port number or a name declared in runtime.ports (web)',
  ],
  [
    'http: { port: http, path: /health }',
    'tcp: {}',
    'web.yaml:12: probes.readiness.tcp.port is missing; it must be the name of a port',
  ],
  [
    'path: /health }',
    'path: health }',
    'web.yaml:12: probes.readiness.http.path: "health" is not allowed; it must be text that starts with /',
  ],
  [
    '    http: {',
    '    tcp: { port: 1 }\n    http: {',
    'web.yaml:12: probes.readiness: a mapping with tcp, http is not allowed; it must be a mapping with exactly one of http, tcp and command, as in http: { port: http, path: /health } (it has http and tcp)',
  ],
  [
    '    http: { port: http, path: /health }',
    '    intervalMs: 5',
    'web.yaml:12: probes.readiness: a mapping with intervalMs is not allowed; it must be a mapping with exactly one of',
  ],
  [
    '    http: {',
    '    intervallMs: 500\n    http: {',
    'web.yaml:12: probes.readiness.intervallMs is not a known field; did you mean intervalMs?',
  ],
  [
    '    http: {',
    '    intervalMs: 5\n    http: {',
    'web.yaml:12: probes.readiness.intervalMs: 5 is not allowed; it must be a whole number from 50 to 3600000',
  ],
  ['replicas: 2', 'replicas: 0\nstandby: 1', 'web.yaml:3: standby: 1 is not allowed; it must be 0 where replicas is 0'],
  [
    'replicas: 2',
    'constraints: { affinity: [web] }',
    'web.yaml:2: constraints.affinity[0]: "web" is not allowed; it must be another application',
  ],
  [
    'replicas: 2',
    'constraints: { affinity: [a], antiAffinity: [a] }',
    'web.yaml:2: constraints.antiAffinity[0]: "a" is not allowed; it must be an application that constraints.affinity does not name too',
  ],
  [
    'replicas: 2',
    'constraints: { failback: false }',
    'web.yaml:2: constraints.failback: false is not allowed; it must be left out where constraints.prefer names no nodes to go back to',
  ],
  [
    'replicas: 2',
    'constraints: { prefer: [{ label: node, in: [N1], priority: 0 }] }',
    'web.yaml:2: constraints.prefer[0].priority: 0 is not allowed; it must be a whole number from 1 to 1000',
  ],
  [
    'replicas: 2',
    'objective: { kind: latency, target: 0 }',
    'web.yaml:2: objective.target: 0 is not allowed; it must be a number above 0',
  ],
  ['replicas: 2', 'replicas: 2\nreplicas: 3', 'web.yaml:3: not valid YAML: Map keys must be unique'],
  ['replicas: 2', '__proto__: { polluted: true }', 'web.yaml:2: __proto__ is not a known field'],
];

test.each(MISTAKES)('%j as %j', (good, bad, message) => {
  expect(GOOD).toContain(good);
  const errors = errorsOf(GOOD.replace(good, bad));
  expect(errors.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
});

test('an objective needs what it is measured by', () => {
  const bare = 'name: a\ndemand: {}\nruntime: { driver: process, command: [x] }\n';
  expect(errorsOf(`${bare}objective: { kind: latency, target: 5 }`)[0]?.message).toContain(
    'latency is that of a probe',
  );
  expect(errorsOf(`${bare}objective: { kind: cpu, target: 5 }`)[0]?.message).toContain('demand.cpu is 0 or missing');
  expect(errorsOf(`${bare}objective: { kind: value, target: 5 }`)).toEqual([]);
});

test('every field of an error is there for programs', () => {
  expect(errorsOf(GOOD.replace('replicas: 2', 'replicas: "three"'))).toEqual([
    {
      file: 'web.yaml',
      line: 2,
      column: 11,
      field: 'replicas',
      value: '"three"',
      allowed: 'a whole number from 0 to 10000',
      message: expect.any(String),
    },
  ]);
});

test('all mistakes are reported at once, in the order of their lines', () => {
  const errors = errorsOf(
    `${GOOD.replace('replicas: 2', 'replicas: -1').replace('250m', 'x').replace('process', 'vm')}---\nname: web\n`,
  );
  expect(errors.map(({ line }) => line)).toEqual([2, 4, 7, 14, 14, 14]);
  expect(new Set(errors.map(({ field }) => field))).toEqual(
    new Set(['replicas', 'demand.cpu', 'runtime.driver', 'demand', 'name', 'runtime']),
  );
});

test('two documents of one name are a mistake of the second', () => {
  const errors = errorsOf(`${GOOD}---\n${GOOD}`);
  expect(errors.map(({ message }) => message)).toEqual([
    'web.yaml:14: name: "web" is not allowed; it must be a name of its own; line 1 has it already',
  ]);
});

describe('text that is no spec', () => {
  test.each([
    ['', 'holds no application'],
    ['# nothing\n', 'holds no application'],
    ['- a\n- b\n', 'a list of 2 is not allowed; it must be a mapping'],
    ['web', '"web" is not allowed; it must be a mapping'],
    ['name: [', 'not valid YAML'],
    ['name: *gone', '*gone stands for nothing that came before it'],
    ['a: &x [*x]', 'nested deeper than 32 levels'],
    ['name: !!js/function x', 'not valid YAML'],
    ['? { a: 1 } : 2', 'a field name must be plain text'],
    ['['.repeat(100_000), 'nested deeper than 32 levels'],
    ['- '.repeat(100_000), 'nested deeper than 32 levels'],
    [`a: ${'x'.repeat(1_100_000)}`, 'at most 1048576 are allowed'],
  ])('%#', (text, message) => {
    const errors = errorsOf(text);
    expect(errors.map((error) => error.message).join('\n')).toContain(message);
  });

  test('aliases that unfold to more and more are refused in good time', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) =>
        `l${i + 1}: &l${i + 1} [${Array(9)
          .fill(i === 0 ? '1' : `*l${i}`)
          .join(',')}]`,
    );
    const started = performance.now();
    expect(errorsOf(levels.join('\n'))[0]?.message).toContain('more than 100000 values');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('junk is refused or read, never thrown at', () => {
    const piece = fc.constantFrom(
      ...'{}[]&*!|>%@`,:?-#"\'\\\n\t aé0~',
      '---\n',
      'name: ',
      'demand: ',
      '<<: ',
      '&a ',
      '*a ',
      '  ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const result = parseSpecs(pieces.join(''), 'junk');
        if (!result.ok) for (const error of result.errors) expect(error.message).toMatch(/^junk:[1-9]\d*: \S/);
      }),
      { numRuns: 2000 },
    );
  });

  test('nor is any tree of values', () => {
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom('name', 'demand', 'runtime', 'probes', 'readiness', 'http', 'cpu', '__proto__'),
    );
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constant(null),
        fc.boolean(),
        fc.double(),
        fc.string(),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(key, tree), (value) => {
        expect(parseSpecs(JSON.stringify(value), 'junk').ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

test('what writeSpec writes is read back as the same', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?$/);
  const spec = fc.record({
    name,
    replicas: fc.integer({ min: 1, max: 10_000 }),
    standby: fc.integer({ min: 0, max: 1000 }),
    demand: fc.record({
      cpu: fc.integer({ min: 0, max: 4_096_000 }),
      memory: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      power: fc.nat(),
    }),
    runtime: fc.record({
      driver: fc.constant('process'),
      command: fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }),
      env: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,10}$/), fc.string()),
    }),
  });
  fc.assert(
    fc.property(spec, (draft) => {
      const normal = AppSpec.parse(draft);
      for (const end of ['', '\n']) expect(specsOf(writeSpec(normal) + end)).toEqual([normal]);
    }),
  );
});

test('a spec too long to be sent together with others is refused, with the field', () => {
  const env = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`E${i}`, 'x'.repeat(30_000)]));
  const text = JSON.stringify({ name: 'big', demand: {}, runtime: { driver: 'process', command: ['/bin/true'], env } });
  expect(errorsOf(text).map(({ field, allowed }) => [field, allowed])).toEqual([
    ['runtime', expect.stringMatching(/^at most 65536 characters long, .* \(it has 90\d\d\d\)/)],
  ]);
});
