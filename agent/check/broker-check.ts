import { downTopic } from '../../protocol/topics.ts';
import { openLink } from '../link.ts';
import { type Check, failed, found } from './finding.ts';

const LIMIT_MS = 5000;

export const brokerCheck: Check = {
  part: 'broker',
  cure: 'correct mqtt.url, start the broker, or open the way to it',
  look: ({ cluster, mqtt, node }) =>
    new Promise((resolve) => {
      let reason = `no answer within ${LIMIT_MS / 1000} s`;
      const settle = (connected: boolean) => {
        clearTimeout(timer);
        void link
          .close()
          .then(() =>
            resolve([
              connected
                ? found('broker', `${mqtt.url} accepts this node`)
                : failed('broker', `${mqtt.url}: ${reason}`, brokerCheck.cure),
            ]),
          );
      };
      const timer = setTimeout(() => settle(false), LIMIT_MS);
      const link = openLink({
        url: mqtt.url,
        clientId: `evenkeel-check-${node}-${process.pid}`,
        subscribe: [{ topic: downTopic(cluster, node, 'request'), qos: 0 }],
        onUp: () => settle(true),
        onDown: (detail) => {
          reason = detail;
          settle(false);
        },
        onMessage: () => {},
      });
    }),
};
