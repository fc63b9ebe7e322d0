import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clusterMetrics } from '../../coordinator/dashboards/metrics.ts';
import { metricsText } from '../../protocol/prometheus.ts';
import { Unit } from '../../protocol/reading.ts';
import { readingMetrics } from '../../protocol/reading-metrics.ts';
import { ROOT } from '../../scripts/runtime.mjs';
import { cannedView, node } from '../cli/canned-view.ts';
import { temporaryFolder } from '../coordinator-shell/temporary.ts';
import { NEEDS_DEBIAN } from './debian.ts';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}
const DASHBOARD = JSON.parse(readFileSync(join(ROOT, 'docs/grafana-dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
};
const TARGETS = DASHBOARD.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

/** Metric → its labels, of everything that the coordinator serves. */
function served(): Map<string, Set<string>> {
  const readings = Unit.options.map((unit) => ({ sensor: `s/${unit}`, unit, value: 1, level: 'ok' as const }));
  const app = cannedView().apps[0];
  if (!app) throw new Error('the canned view has no application');
  const view = {
    ...cannedView(),
    nodes: [node('N1', [], { readings })],
    apps: [{ ...app, objective: { value: 1, target: 2, missed: false, worst: null } }],
  };
  const counters = {
    received: { hello: 1 },
    refused: { PAYLOAD_INVALID: 1 },
    solves: 1,
    isBrokerHeard: true,
    isStoreWritable: true,
    dashboards: { published: 1, pressed: 1, refused: {} },
  };
  const labels = new Map<string, Set<string>>();
  for (const text of [...metricsText(clusterMetrics(view, counters)), ...metricsText(readingMetrics(view.nodes))])
    for (const [, name = '', pairs = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm))
      labels.set(name, new Set(['instance', 'job', ...[...pairs.matchAll(/(\w+)="/g)].map(([, label = '']) => label)]));
  return labels;
}

const metricsIn = (expr: string) => expr.match(/\b(evenkeel|process)_[a-z_]+/g) ?? [];

test('every query asks only for metrics and labels that there are', () => {
  const there = served();
  for (const { title, expr, legendFormat } of TARGETS) {
    const metrics = metricsIn(expr);
    expect(metrics.length, title).toBeGreaterThan(0);
    const asked = [
      ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
        [...inner.matchAll(/(\w+)=/g)].map(([, l]) => l),
      ),
      ...[...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, inner = '']) => inner.split(', ')),
      ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label),
    ];
    for (const metric of metrics) {
      expect([...there.keys()], title).toContain(metric);
      for (const label of asked) expect([...(there.get(metric) ?? [])], `${title}: ${metric}`).toContain(label);
    }
  }
  const variables = DASHBOARD.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
  expect(variables.flatMap(metricsIn).filter((metric) => !there.has(metric))).toEqual([]);
});

test('Prometheus itself understands every query', () => {
  const rules = TARGETS.map(({ expr }, index) => ({
    record: `test:query${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$node', '.*'),
  }));
  const check = (all: typeof rules) => {
    const file = join(temporaryFolder(), 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: all }] })); // JSON is YAML
    const { status, stderr, error } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    if (error) throw new Error(`${NEEDS_DEBIAN('prometheus')}: ${error.message}`);
    return { status, stderr };
  };
  expect(check(rules)).toMatchObject({ status: 0 });
  expect(check([{ record: 'test:wrong', expr: 'sum by (evenkeel_nodes' }]).status).not.toBe(0);
});

test('panels lie side by side, each with an id of its own', () => {
  const taken = new Set<string>();
  for (const { title, gridPos } of DASHBOARD.panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x},${y}`), title).toBe(false);
        expect(x, title).toBeLessThan(24);
        taken.add(`${x},${y}`);
      }
  expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length);
});
