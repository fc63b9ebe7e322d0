import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { AppTable } from './app-table.tsx';
import { arrivals } from './arrivals.ts';
import { Attention } from './attention.tsx';
import { Banner } from './banner.tsx';
import { ClusterMap } from './cluster-map.tsx';
import { type Flight, land, takeOff } from './fly.ts';
import { Header } from './header.tsx';
import { huesOf } from './hue.ts';
import { Hues } from './hues.ts';
import { type Live, type LiveEvent, nothingYet, reduce } from './live.ts';
import { NodeDialog } from './node-dialog.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { listen } from './stream.ts';
import { Timeline } from './timeline.tsx';

/** Above this many nodes a box shows only its name, state, load and coloured instances. */
const COMFORTABLE_NODES = 60;

export function App() {
  const live = useLive();
  const [opened, open] = useState<string | null>(null);
  const { view } = live;
  useEffect(() => {
    if (view !== null) document.title = `${view.cluster}: ${view.sentence}`;
  }, [view?.cluster, view?.sentence]);

  const known = useRef<ReadonlyMap<string, number>>(new Map());
  const hues = useMemo(() => huesOf(view?.apps.map(({ app }) => app) ?? [], known.current), [view?.apps]);
  known.current = hues;

  if (view === null) return <Waiting lost={live.connection === 'lost'} />;
  const openedNode = view.nodes.find((node) => node.node === opened) ?? null;
  const compact = view.nodes.length > COMFORTABLE_NODES;
  return (
    <Hues.Provider value={hues}>
      <div class="page" data-density={compact ? 'compact' : 'comfortable'} data-connection={live.connection}>
        <Banner live={live} />
        <Header view={view} />
        <main class="columns">
          <div class="wide">
            <ClusterMap view={view} remains={live.remains} compact={compact} onOpen={open} />
            <AppTable view={view} onOpen={open} />
          </div>
          <aside class="narrow" aria-label="What is happening">
            <PlanPanel plan={view.plan} />
            <Attention view={view} />
            <Timeline journal={live.journal} skewMs={live.skewMs} />
          </aside>
        </main>
        <NodeDialog node={openedNode} onClose={() => open(null)} />
      </div>
    </Hues.Provider>
  );
}

/** The live state; chips that changed node are measured before the page changes and fly once it has. */
function useLive(): Live {
  const [live, show] = useState<Live>(nothingYet);
  const flights = useRef<readonly Flight[]>([]);
  useEffect(() => {
    let known = nothingYet;
    function tell(event: LiveEvent): void {
      const next = reduce(known, event);
      if (next.view !== null && next.view !== known.view) {
        flights.current = [...flights.current, ...takeOff(arrivals(known.homes, known.view, next.view))];
      }
      known = next;
      show(next);
    }
    const stream = listen(tell);
    return () => stream.close();
  }, []);
  useLayoutEffect(() => {
    land(flights.current);
    flights.current = [];
  }, [live.view]);
  return live;
}

function Waiting(props: { readonly lost: boolean }) {
  return (
    <main class="waiting">
      <h1>Evenkeel</h1>
      <p role="status">
        {props.lost ? 'The coordinator does not answer. Trying again…' : 'Connecting to the coordinator…'}
      </p>
    </main>
  );
}
