import type { ClusterView } from '../../protocol/view.ts';
import type { Link } from './link.ts';

/** Publishes the retained topics that people and dashboards read, each only when it has changed. */
export function createStatePublisher(link: Link): (view: ClusterView) => void {
  const sent = new Map<string, string>();
  const say = (path: string, payload: unknown) => {
    const text = JSON.stringify(payload);
    if (sent.get(path) === text) return;
    sent.set(path, text);
    link.sendState(path, payload);
  };
  return (view) => {
    const alive = view.nodes.filter((node) => node.liveness === 'alive').length;
    const ready = view.apps.reduce((sum, app) => sum + app.ready, 0);
    const wanted = view.apps.reduce((sum, app) => sum + app.wanted, 0);
    say('cluster', {
      sentence: view.sentence,
      tone: view.tone,
      term: view.term,
      nodes: view.nodes.length,
      alive,
      ready,
      wanted,
    });
    for (const node of view.nodes)
      say(`node/${node.node}`, {
        liveness: node.liveness,
        health: node.health,
        healthReasons: node.healthReasons,
        cordoned: node.cordoned,
        draining: node.draining,
        instances: node.instances.map((one) => ({ instance: one.instance, role: one.role, state: one.state })),
      });
    for (const app of view.apps)
      say(`app/${app.app}`, { wanted: app.wanted, ready: app.ready, active: app.active, waiting: app.waiting });
  };
}
