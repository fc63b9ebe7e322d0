import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClusterName, NodeName } from '../../protocol/ids.ts';
import {
  allUpTopics,
  DOWN_KINDS,
  downTopic,
  parseUpTopic,
  probeTopic,
  stateTopic,
  UP_KINDS,
  upTopic,
} from '../../protocol/topics.ts';

const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/);
const cluster = label.map((text) => ClusterName.parse(text));
const node = label.map((text) => NodeName.parse(text));

/** What MQTT 3.1.1 (4.7) says of a topic and a filter. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  return wanted.length === levels.length && wanted.every((level, i) => level === '+' || level === levels[i]);
}

test('a topic of a node is taken apart into what it was made of', () => {
  fc.assert(
    fc.property(cluster, node, fc.constantFrom(...UP_KINDS), (c, n, kind) => {
      const topic = upTopic(c, n, kind);
      expect(parseUpTopic(c, topic)).toEqual({ node: n, kind });
      expect(matches(allUpTopics(c), topic)).toBe(true);
    }),
  );
});

test('no topic of another cluster or another kind is taken for one', () => {
  fc.assert(
    fc.property(
      cluster,
      cluster,
      node,
      fc.constantFrom(...UP_KINDS),
      fc.constantFrom(...DOWN_KINDS),
      (c, other, n, up, down) => {
        if (c !== other) expect(parseUpTopic(other, upTopic(c, n, up))).toBeNull();
        for (const topic of [
          downTopic(c, n, down),
          probeTopic(c),
          stateTopic(c, `node/${n}`),
          `${upTopic(c, n, up)}/more`,
          `x${upTopic(c, n, up)}`,
        ]) {
          expect(parseUpTopic(c, topic)).toBeNull();
          expect(matches(allUpTopics(c), topic)).toBe(false);
        }
      },
    ),
  );
});

test('any text is answered', () => {
  const piece = fc.constantFrom('evenkeel', 'v1', 'lab', 'node', 'N1', 'up', 'hello', '+', '#', '', '..');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((parts) => parts.join('/')),
      ),
      (topic) => {
        const parsed = parseUpTopic(ClusterName.parse('lab'), topic);
        if (parsed) expect(upTopic(ClusterName.parse('lab'), parsed.node as NodeName, parsed.kind)).toBe(topic);
      },
    ),
  );
});
