import { HomeAssistant } from '../coordinator/dashboards/home-assistant.ts';
import { clusterMetrics } from '../coordinator/dashboards/metrics.ts';
import { Publication } from '../coordinator/dashboards/publication.ts';
import { RetainedTopics } from '../coordinator/dashboards/retained-topics.ts';
import { EdgeNode } from '../coordinator/dashboards/sparkplug/edge-node.ts';
import type { ClusterName } from '../protocol/ids.ts';
import { metricsText } from '../protocol/prometheus.ts';
import type { Reading, Unit } from '../protocol/reading.ts';
import { readingMetrics } from '../protocol/reading-metrics.ts';
import type { ClusterView } from '../protocol/view.ts';
import { cannedView, instance, node } from '../test/cli/canned-view.ts';
import { median } from './median.ts';

/*
 * What people's dashboards cost the coordinator: `node bench/dashboards.ts [NODES]`. Nodes with 40 sensors each report every
 * 10 s, evenly spread, and every reading has changed; the connection is left out. Times are CPU time of one thread.
 */

const NODES = Number(process.argv[2] ?? 5000);
const SENSORS = 40;
const LOOKS_PER_CYCLE = 10; // one a second
const UNITS: readonly Unit[] = ['C', 'RPM', 'V', 'W', '%', 'bytes', 'bytes/s', 'state'];

const readings = (round: number): Reading[] =>
  Array.from({ length: SENSORS }, (_, index) => ({
    sensor: `bmc/Sensor ${index}`,
    unit: UNITS[index % UNITS.length] as Unit,
    value: 20 + index + round * 7,
  }));
let version = 0;
let nodes = Array.from({ length: NODES }, (_, index) =>
  node(`N${index}`, [instance(`web/${index}`, `N${index}`), instance(`db/${index}`, `N${index}`)], {
    readings: readings(0),
  }),
);
const view = (): ClusterView => ({ ...cannedView(), nodes, version: ++version });
const report = (slice: number, round: number) => {
  nodes = nodes.map((one, index) => (index % LOOKS_PER_CYCLE === slice ? { ...one, readings: readings(round) } : one));
};
const cpuMs = () => {
  const { user, system } = process.threadCpuUsage(); // of this thread: the machine is shared
  return (user + system) / 1000;
};
const timed = (work: () => void) => {
  const begun = cpuMs();
  work();
  return cpuMs() - begun;
};

const topics = new RetainedTopics();
const home = new HomeAssistant({ cluster: 'lab' as ClusterName, prefix: 'homeassistant', buttons: [] }, topics);
const publication = new Publication('lab' as ClusterName, topics, 10_000, home);
const firstView = view();
const first = timed(() => publication.show(firstView));
const turns: number[] = [];
let all = topics.take(0, 1e9);
for (let due = all; due.length > 0; all = [...all, ...due]) {
  turns.push(timed(() => home.announceSome()));
  due = topics.take(0, 1e9);
}
const announced = all.filter(({ topic }) => topic.endsWith('/config')).map(({ text }) => text.length);
console.log(
  `first look ${first.toFixed(0)} ms: ${all.length} topics, ${(all.reduce((sum, { text }) => sum + text.length, 0) / 1e6).toFixed(1)} MB; an announcement ${median(announced)} B; a turn of them ${median(turns).toFixed(1)} ms (most ${Math.max(...turns).toFixed(1)})`,
);

const looks: number[] = [];
let published = 0;
for (let round = 1; round <= 3; round++)
  for (let slice = 0; slice < LOOKS_PER_CYCLE; slice++) {
    report(slice, round);
    const now = (round * LOOKS_PER_CYCLE + slice) * 1000;
    const seen = view();
    looks.push(
      timed(() => {
        publication.show(seen);
        published += topics.take(now, 1e9).length;
      }),
    );
  }
console.log(
  `a look ${median(looks).toFixed(1)} ms (most ${Math.max(...looks).toFixed(1)}), ${published / looks.length} publications`,
);

const edge = new EdgeNode({ group: 'lab', edgeNode: 'evenkeel' }, 10_000);
edge.show(view(), Date.now());
edge.begin(0);
const births: number[] = [];
let birthBytes = 0;
const publish = (nowMs: number, most: number) => {
  let count = 0;
  let bytes = 0;
  for (const { payload } of edge.take({ nowMs, wallMs: Date.now() }, most)) {
    count++;
    bytes += payload.length;
  }
  return { count, bytes };
};
while (edge.isBeingBorn)
  births.push(
    timed(() => {
      birthBytes += publish(0, 200).bytes;
    }),
  );
const changes: number[] = [];
const data = { count: 0, bytes: 0 };
for (let slice = 0; slice < LOOKS_PER_CYCLE; slice++) {
  report(slice, 9);
  const seen = view();
  changes.push(
    timed(() => {
      edge.show(seen, Date.now());
      const { count, bytes } = publish(10_000 + slice * 1000, 1e9);
      data.count += count;
      data.bytes += bytes;
    }),
  );
}
console.log(
  `Sparkplug: births ${births.reduce((sum, ms) => sum + ms, 0).toFixed(0)} ms in ${births.length} looks (most ${Math.max(...births).toFixed(1)}), ${(birthBytes / 1e6).toFixed(1)} MB; a look ${median(changes).toFixed(1)} ms, ${data.count / changes.length} messages of ${(data.bytes / data.count).toFixed(0)} B`,
);

const counters = {
  received: {},
  refused: {},
  solves: 0,
  isBrokerHeard: true,
  isStoreWritable: true,
  dashboards: { published: 0, pressed: 0, refused: {} },
};
for (const [path, families] of [
  ['/metrics', () => clusterMetrics(firstView, counters)],
  ['/metrics/readings', () => readingMetrics(firstView.nodes)],
] as const) {
  let bytes = 0;
  let longest = 0;
  const pieces = metricsText(families());
  const total = timed(() => {
    for (let done = false; !done; ) {
      const took = timed(() => {
        const next = pieces.next();
        done = next.done === true;
        bytes += next.done ? 0 : next.value.length;
      });
      longest = Math.max(longest, took);
    }
  });
  console.log(`${path} ${total.toFixed(0)} ms, ${(bytes / 1e6).toFixed(1)} MB, longest piece ${longest.toFixed(1)} ms`);
}
