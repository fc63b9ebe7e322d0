import type { InstanceId, NodeName } from '../protocol/ids.ts';
import type { ClusterView, InstanceView } from '../protocol/view.ts';
import { domainsOf } from './domains.ts';
import { isGone } from './live.ts';
import { NodeBox } from './node-box.tsx';

interface Props {
  readonly view: ClusterView;
  readonly remains: ReadonlyMap<NodeName, readonly InstanceView[]>;
  readonly compact: boolean;
  readonly onOpen: (node: string) => void;
}

export function ClusterMap(props: Props) {
  const { view, remains, compact, onOpen } = props;
  if (view.nodes.length === 0) {
    return (
      <section class="panel empty" aria-label="Nodes">
        <h2>No node yet</h2>
        <p>
          A node appears here when its agent has said hello: <code>evenkeel agent --config FILE</code>
        </p>
      </section>
    );
  }
  const whereNow = placesOf(view);
  return (
    <section class="domains" aria-label="Nodes by failure domain" data-testid="domains">
      {domainsOf(view.nodes).map(({ domain, nodes }) => (
        <section
          key={domain}
          class="domain"
          aria-label={`Failure domain ${domain}`}
          data-domain={domain}
          style={{ '--members': nodes.length }}
        >
          <h2 class="domain-name">
            {domain === '' ? 'no failure domain' : domain} <span class="count">{countOf(nodes.length)}</span>
          </h2>
          <div class="nodes">
            {nodes.map((node) => (
              <NodeBox
                key={node.node}
                node={node}
                instances={remains.get(node.node) ?? node.instances}
                whereNow={whereNow}
                compact={compact}
                onOpen={onOpen}
              />
            ))}
          </div>
        </section>
      ))}
    </section>
  );
}

function countOf(nodes: number): string {
  return nodes === 1 ? '1 node' : `${nodes} nodes`;
}

/** Where each instance that was on a lost node is now. */
function placesOf(view: ClusterView): ReadonlyMap<InstanceId, NodeName> {
  const places = new Map<InstanceId, NodeName>();
  for (const node of view.nodes) {
    if (isGone(node.liveness)) continue;
    for (const instance of node.instances) {
      if (instance.state !== 'lost' && instance.moving !== 'out') places.set(instance.instance, node.node);
    }
  }
  return places;
}
