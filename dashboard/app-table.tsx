import { useContext } from 'preact/hooks';
import type { AppView, ClusterView, InstanceView } from '../protocol/view.ts';
import { byName } from './domains.ts';
import { Hues } from './hues.ts';
import { Icon } from './icon.tsx';
import { isGone } from './live.ts';
import { short } from './quantity.ts';

interface Placed {
  readonly node: string;
  readonly instance: InstanceView;
}

const OBJECTIVE_UNIT = { latency: 'ms', cpu: '%', value: '' } as const;
/** Of an application with hundreds of replicas the first nodes are named and the rest counted. */
const NODES_NAMED = 12;

export function AppTable(props: { readonly view: ClusterView; readonly onOpen: (node: string) => void }) {
  const { view } = props;
  const apps = view.apps.toSorted((a, b) => b.spec.priority - a.spec.priority || byName(a.app, b.app));
  const placed = placedBy(view);
  return (
    <section class="panel apps" aria-labelledby="apps-title" data-testid="apps">
      <h2 id="apps-title">
        Applications <span class="count">{apps.length}</span>
      </h2>
      {apps.length === 0 ? (
        <p>
          Nothing to run yet: <code>evenkeel apply FILE</code>
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="number">
                Priority
              </th>
              <th scope="col">Ready</th>
              <th scope="col">Objective</th>
              <th scope="col">Nodes</th>
            </tr>
          </thead>
          <tbody>
            {apps.map((app) => (
              <Row key={app.app} app={app} placed={placed.get(app.app) ?? []} onOpen={props.onOpen} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row(props: {
  readonly app: AppView;
  readonly placed: readonly Placed[];
  readonly onOpen: (n: string) => void;
}) {
  const { app, placed } = props;
  const short = app.ready < app.wanted;
  return (
    <tr data-app={app.app} style={{ '--hue': useContext(Hues).get(app.app) ?? 0 }}>
      <th scope="row">
        <i class="swatch" />
        {app.app}
      </th>
      <td class="number">{app.spec.priority}</td>
      <td data-tone={short ? 'warning' : 'good'} class="ready">
        <Icon name={short ? 'clock' : 'check'} />
        <b>{app.ready}</b> of {app.wanted}
      </td>
      <td>
        <ObjectiveCell app={app} />
      </td>
      <td>
        <ul class="homes">
          {placed.slice(0, NODES_NAMED).map(({ node, instance }) => (
            <li key={`${node} ${instance.instance} ${instance.generation}`}>
              <button
                type="button"
                class="home"
                data-role={instance.role}
                data-state={instance.state}
                aria-label={`${instance.instance} on ${node}, ${instance.role}, ${instance.state}`}
                title={`${instance.instance}, ${instance.role}, ${instance.state}`}
                onClick={() => props.onOpen(node)}
              >
                {node}
              </button>
            </li>
          ))}
          {placed.length > NODES_NAMED && <li class="more">and {placed.length - NODES_NAMED} more</li>}
        </ul>
      </td>
    </tr>
  );
}

function ObjectiveCell(props: { readonly app: AppView }) {
  const { objective, spec } = props.app;
  if (objective === null) return <span class="quiet">none</span>;
  const unit = OBJECTIVE_UNIT[spec.objective?.kind ?? 'value'];
  const value = objective.value === null ? '–' : short(objective.value);
  return (
    <span class="objective" data-tone={objective.missed ? 'warning' : 'good'}>
      {objective.missed && <Icon name="alert" />}
      <b>{value}</b>
      <span class="quiet">
        {' '}
        of {short(objective.target)} {unit}
        {objective.missed ? ', missed' : ''}
      </span>
    </span>
  );
}

function placedBy(view: ClusterView): ReadonlyMap<string, readonly Placed[]> {
  const placed = view.nodes
    .filter((node) => !isGone(node.liveness))
    .toSorted((a, b) => byName(a.node, b.node))
    .flatMap((node) => node.instances.map((instance) => ({ node: node.node, instance })));
  return Map.groupBy(placed, ({ instance }) => instance.instance.slice(0, instance.instance.lastIndexOf('/')));
}
