/* The names of Sparkplug B 3.0, of topics and of the metrics that it prescribes. */

const NAMESPACE = 'spBv1.0';
export const BD_SEQ = 'bdSeq';
export const REBIRTH = 'Node Control/Rebirth';

/** The coordinator as an edge node; its nodes are the devices. */
export interface EdgeNodeName {
  readonly group: string;
  readonly edgeNode: string;
}

/** As it is configured; a group is the cluster where nothing else is said. */
export function edgeNodeOf(
  cluster: string,
  { group, edgeNode }: { readonly group?: string | undefined; readonly edgeNode: string },
): EdgeNodeName {
  return { group: group ?? cluster, edgeNode };
}

export type NodeMessage = 'NBIRTH' | 'NDATA' | 'NDEATH' | 'NCMD';
export type DeviceMessage = 'DBIRTH' | 'DDATA' | 'DDEATH' | 'DCMD';

export function nodeTopic({ group, edgeNode }: EdgeNodeName, message: NodeMessage): string {
  return `${NAMESPACE}/${group}/${message}/${edgeNode}`;
}
/** `device` may be `+`. */
export function deviceTopic({ group, edgeNode }: EdgeNodeName, message: DeviceMessage, device: string): string {
  return `${NAMESPACE}/${group}/${message}/${edgeNode}/${device}`;
}
/** Where a host application says, retained, whether it is there. */
export function stateTopic(hostId: string): string {
  return `${NAMESPACE}/STATE/${hostId}`;
}

/** Where hosts must be able to publish at the embedded broker: their commands to this edge node, and their own state. */
export function isFromHost(name: EdgeNodeName, topic: string): boolean {
  return (
    topic === nodeTopic(name, 'NCMD') ||
    topic.startsWith(deviceTopic(name, 'DCMD', '')) ||
    topic.startsWith(stateTopic(''))
  );
}
