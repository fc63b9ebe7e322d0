import type { Reading } from '../../../protocol/reading.ts';
import type { ClusterView, NodeView } from '../../../protocol/view.ts';
import { unitText } from '../reading-entity.ts';
import { clusterState, shown } from '../state-topics.ts';
import type { Now } from './metric-set.ts';
import type { DataType, Value } from './payload.ts';

/* What hosts are told of the cluster and of its nodes, as metrics. Names with `/` are folders to them. */

const metric = (name: string, type: DataType, value: Value): Now => ({ name, type, value, unit: null });

/** Of the edge node itself; always the same names. */
export function clusterFacts(view: ClusterView): Now[] {
  const { sentence, tone, term, nodes, alive, ready, wanted, survives, reboot } = clusterState(view);
  return [
    metric('Cluster/sentence', 'String', sentence),
    metric('Cluster/tone', 'String', tone),
    metric('Cluster/term', 'Int64', term),
    metric('Cluster/nodes', 'Int32', nodes),
    metric('Cluster/alive', 'Int32', alive),
    metric('Cluster/ready', 'Int32', ready),
    metric('Cluster/wanted', 'Int32', wanted),
    metric('Cluster/survives', 'String', survives),
    metric('Cluster/reboot', 'String', reboot),
  ];
}

/** Of a node, beside its sensors; always the same names. */
export function nodeFacts(node: NodeView): Now[] {
  return [
    metric('State/liveness', 'String', node.liveness),
    metric('State/health', 'String', node.health),
    metric('State/healthReasons', 'String', node.healthReasons.join('; ')),
    metric('State/cordoned', 'Boolean', node.cordoned),
    metric('State/draining', 'Boolean', node.draining),
    metric('State/replacement', 'String', node.replacement),
    metric('State/domain', 'String', node.domain),
    metric('State/instances', 'Int32', node.instances.length),
    metric('Properties/Hardware Make', 'String', node.server?.vendor || null),
    metric('Properties/Hardware Model', 'String', node.server?.model || null),
    metric('Properties/Serial Number', 'String', node.server?.serial || null),
    metric('Properties/OS', 'String', node.inventory?.os || null),
  ];
}

export function sensorMetrics(readings: readonly Reading[]): Now[] {
  return readings.map((reading) => {
    const name = `Sensors/${reading.sensor}`;
    // 1 is well and 0 is not; anything else is neither
    if (reading.unit === 'state')
      return metric(name, 'Boolean', reading.value === 1 ? true : reading.value === 0 ? false : null);
    return { ...metric(name, 'Double', shown(reading)), unit: unitText(reading.unit) };
  });
}
