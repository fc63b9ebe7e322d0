import type { NodeName } from '../../protocol/ids.ts';
import { TOPIC_ROOT } from '../../protocol/topics.ts';
import type { CoordinatorConfig } from '../config.ts';
import type { Runtime } from '../shell/runtime.ts';
import type { Button } from './button-commands.ts';
import { edgeNodeOf, isFromHost } from './sparkplug/names.ts';

/** Does what the button says, as the same command over HTTP would. The code of the refusal, or null. */
export async function pressButton(runtime: Runtime, node: NodeName, action: Button): Promise<string | null> {
  try {
    const reply = await runtime.command({ kind: 'node', node, action });
    return reply.ok ? null : reply.code;
  } catch (error) {
    return (error as { code?: string }).code ?? 'INTERNAL';
  }
}

/** Where others must be able to publish at the embedded broker. */
export function openTopics(config: CoordinatorConfig): (topic: string) => boolean {
  const isHomeAssistants = homeAssistantTopics(config);
  const name = config.sparkplug && edgeNodeOf(config.cluster, config.sparkplug);
  return (topic) => isHomeAssistants(topic) || (name !== undefined && isFromHost(name, topic));
}

/** Home Assistant's birth message and the buttons that are allowed. */
function homeAssistantTopics({ cluster, homeAssistant }: CoordinatorConfig): (topic: string) => boolean {
  if (!homeAssistant) return () => false;
  const { prefix, buttons } = homeAssistant;
  const commands = `${TOPIC_ROOT}/${cluster}/command/node/`;
  return (topic) => topic === `${prefix}/status` || (buttons.length > 0 && topic.startsWith(commands));
}
