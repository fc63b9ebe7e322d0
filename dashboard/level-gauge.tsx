import type { NodeView } from '../protocol/view.ts';
import { domainsOf, loadOf } from './domains.ts';
import { isGone } from './live.ts';
import { percent } from './quantity.ts';

const HEIGHT = 36;
const BAR = 5;
const GAP = 3;
const MOST_BARS = 60;

/** How level the load is: one column per node, its fullest resource, and a line at the mean of those that live. */
export function LevelGauge(props: { readonly nodes: readonly NodeView[] }) {
  if (props.nodes.length === 0 || props.nodes.length > MOST_BARS) return null;
  const nodes = domainsOf(props.nodes).flatMap((domain) => domain.nodes);
  const loads = nodes.filter((node) => !isGone(node.liveness)).map(loadOf);
  const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
  const highest = Math.max(0, ...loads);
  const width = nodes.length * (BAR + GAP) - GAP;
  const label = `Load: ${percent(mean)} on average, ${percent(highest)} on the fullest node`;
  return (
    <figure class="gauge" title={label}>
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
        {nodes.map((node, index) => {
          const height = isGone(node.liveness) ? 2 : Math.max(2, Math.min(1, loadOf(node)) * HEIGHT);
          const kind = isGone(node.liveness) ? 'gone' : loadOf(node) > 0.9 ? 'full' : 'fine';
          return (
            <rect
              key={node.node}
              class={`column ${kind}`}
              x={index * (BAR + GAP)}
              y={HEIGHT - height}
              width={BAR}
              height={height}
              rx="1.5"
            />
          );
        })}
        <line class="mean" x1="0" x2={width} y1={HEIGHT * (1 - mean)} y2={HEIGHT * (1 - mean)} />
      </svg>
      <figcaption>
        <b>{percent(mean)}</b> mean load
        <br />
        <b>{percent(highest)}</b> highest
      </figcaption>
    </figure>
  );
}
