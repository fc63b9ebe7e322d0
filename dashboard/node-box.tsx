import type { InstanceId, NodeName } from '../protocol/ids.ts';
import type { InstanceView, NodeView } from '../protocol/view.ts';
import { Chip } from './chip.tsx';
import { badgesOf, conditionOf } from './condition.ts';
import { byName, loadOf } from './domains.ts';
import { Icon } from './icon.tsx';
import { keyReadings } from './key-readings.ts';
import { isGone } from './live.ts';
import { LoadBar } from './load-bar.tsx';
import { reading, resourcesOf } from './quantity.ts';

const BARS_SHOWN = 4;

interface Props {
  readonly node: NodeView;
  readonly instances: readonly InstanceView[];
  readonly whereNow: ReadonlyMap<InstanceId, NodeName>;
  readonly compact: boolean;
  readonly onOpen: (node: string) => void;
}

export function NodeBox(props: Props) {
  const { node, compact } = props;
  const gone = isGone(node.liveness);
  const condition = conditionOf(node);
  const instances = props.instances.toSorted((a, b) => byName(a.instance, b.instance));
  return (
    <article
      class={gone ? 'node gone' : 'node'}
      data-testid="node"
      data-node={node.node}
      data-liveness={node.liveness}
      data-health={node.health}
      data-tone={condition.tone}
    >
      <header class="node-head">
        <h3>
          <button type="button" class="node-open" onClick={() => props.onOpen(node.node)}>
            {node.node}
          </button>
        </h3>
        <span
          class="condition"
          data-testid="condition"
          data-tone={condition.tone}
          title={node.healthReasons.join('\n')}
        >
          <Icon name={condition.icon} /> <span class="word">{condition.word}</span>
        </span>
      </header>
      <Badges node={node} />
      {!compact && node.healthReasons.length > 0 && <p class="why">{node.healthReasons[0]}</p>}
      {compact ? <CompactLoad node={node} /> : <Load node={node} />}
      <ul class="chips" aria-label={`Instances on ${node.node}`}>
        {instances.map((instance) => (
          <Chip
            key={`${instance.instance} ${instance.generation}`}
            instance={instance}
            lost={node.liveness === 'lost' || (instance.state === 'lost' && !gone)}
            nowOn={gone || instance.state === 'lost' ? (props.whereNow.get(instance.instance) ?? null) : null}
          />
        ))}
      </ul>
      {!compact && <KeyReadings node={node} />}
    </article>
  );
}

function Badges(props: { readonly node: NodeView }) {
  const badges = badgesOf(props.node);
  if (badges.length === 0) return null;
  return (
    <p class="badges">
      {badges.map((badge) => (
        <span key={badge.text} class="badge" data-tone={badge.tone}>
          {badge.text}
        </span>
      ))}
    </p>
  );
}

function Load(props: { readonly node: NodeView }) {
  const { node } = props;
  if (isGone(node.liveness)) return null;
  return (
    <div class="bars">
      {resourcesOf(node.capacity)
        .slice(0, BARS_SHOWN)
        .map((resource) => (
          <LoadBar
            key={resource}
            resource={resource}
            capacity={node.capacity[resource]!}
            demand={node.demand[resource] ?? 0}
            used={node.used?.[resource] ?? null}
          />
        ))}
    </div>
  );
}

/** Where many nodes are shown each has one bar: its fullest resource. */
function CompactLoad(props: { readonly node: NodeView }) {
  const load = isGone(props.node.liveness) ? 0 : loadOf(props.node);
  return (
    <div class="bar" data-level={load > 1 ? 'over' : load > 0.9 ? 'full' : 'fine'}>
      <i class="fill" style={{ width: `${Math.min(1, load) * 100}%` }} />
    </div>
  );
}

function KeyReadings(props: { readonly node: NodeView }) {
  const shown = keyReadings(props.node.readings);
  if (shown.length === 0 || isGone(props.node.liveness)) return null;
  return (
    <dl class="key-readings">
      {shown.map(({ name, icon, reading: { sensor, value, unit, level } }) => (
        <div key={name} title={`${name}: ${sensor}`} data-level={level ?? 'ok'}>
          <dt>
            <Icon name={level === undefined || level === 'ok' ? icon : 'alert'} />
            <span class="spoken">{name}</span>
          </dt>
          <dd>{reading(value, unit)}</dd>
        </div>
      ))}
    </dl>
  );
}
