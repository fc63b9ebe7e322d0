import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetainedTopics } from '../../coordinator/dashboards/retained-topics.ts';

test('a topic is published when it changes, at once and then no more often than its gap, always the newest', () => {
  const topics = new RetainedTopics();
  topics.want('a', '1', 1000);
  expect(topics.take(0, 10)).toEqual([{ topic: 'a', text: '1' }]);
  topics.want('a', '1', 1000);
  expect(topics.take(5000, 10)).toEqual([]);
  topics.want('a', '2', 1000);
  expect(topics.take(5000, 10)).toEqual([{ topic: 'a', text: '2' }]);
  topics.want('a', '3', 1000);
  topics.want('a', '4', 1000);
  expect(topics.take(5999, 10)).toEqual([]);
  expect(topics.take(6000, 10)).toEqual([{ topic: 'a', text: '4' }]);
  topics.want('a', '5', 1000);
  topics.want('a', '4', 1000); // back before anybody was told
  expect(topics.take(9000, 10)).toEqual([]);
});

test('what was to be published again and is dropped before that is taken away', () => {
  const topics = new RetainedTopics();
  topics.want('a', '1', 0);
  topics.take(0, 10);
  topics.repeat('a');
  topics.drop('a');
  expect(topics.take(200, 10)).toEqual([{ topic: 'a', text: '' }]);
});

const action = fc.oneof(
  fc.record({
    do: fc.constant('want' as const),
    topic: fc.constantFrom('a', 'b', 'c'),
    text: fc.constantFrom('1', '2', '3'),
  }),
  fc.record({ do: fc.constant('drop' as const), topic: fc.constantFrom('a', 'b', 'c'), text: fc.constant('') }),
  fc.record({ do: fc.constant('repeat' as const), topic: fc.constantFrom('a', 'b', 'c'), text: fc.constant('') }),
  fc.record({ do: fc.constant('take' as const), topic: fc.constant(''), text: fc.constant('') }),
  fc.record({ do: fc.constantFrom('lost' as const, 'kept' as const), topic: fc.constant(''), text: fc.constant('') }),
);

test('whatever happens, in the end the broker holds what is wanted and nothing else', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.constantFrom(0, 500), (actions, gapMs) => {
      const topics = new RetainedTopics();
      const wanted = new Map<string, string>();
      let broker = new Map<string, string>([['c', 'old']]);
      let now = 0;
      const take = () => {
        for (const { topic, text } of topics.take(now, 2)) {
          if (text === '') broker.delete(topic);
          else broker.set(topic, text);
        }
        now += 200;
      };
      const connect = () => {
        topics.forgetSent();
        for (const [topic, text] of broker) topics.found(topic, text);
      };
      connect();
      for (const { do: what, topic, text } of actions) {
        if (what === 'want') {
          wanted.set(topic, text);
          topics.want(topic, text, gapMs);
        } else if (what === 'drop') {
          wanted.delete(topic);
          topics.drop(topic);
        } else if (what === 'repeat') topics.repeat(topic);
        else if (what === 'take') take();
        else {
          if (what === 'lost') broker = new Map();
          connect();
        }
      }
      for (let round = 0; round < 20; round++) take();
      expect(broker).toEqual(wanted);
      expect(topics.take(now, 10)).toEqual([]);
    }),
  );
});
