import { connectTo } from '../coordinator-shell/coordinator.ts';

/** What the broker retains, as a dashboard that has just come sees it, and every later change; removed topics leave the map. */
export async function watch(url: string, filter = '#'): Promise<ReadonlyMap<string, string>> {
  const client = await connectTo(url);
  const seen = new Map<string, string>();
  client.on('message', (topic, payload) => {
    if (payload.length === 0) seen.delete(topic);
    else seen.set(topic, payload.toString());
  });
  await client.subscribeAsync(filter, { qos: 1 });
  return seen;
}
