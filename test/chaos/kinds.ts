import { join } from 'node:path';
import { DISK_ERRORS, FailingCalls } from './disk.ts';
import { addressOf, COORDINATOR_ADDRESS, type Direction } from './network.ts';
import type { Run } from './run.ts';

/*
 * The kinds of faults. Each does its harm, waits for what must follow, and sets right what it broke; whether the cluster is
 * well afterwards and what must not have happened meanwhile is judged alike for all.
 */

/** What a cluster must have for a kind to be played on it. */
export type Need = 'cuts' | 'mosquitto' | 'wallClock' | 'smallDisk' | 'strace';

export interface Kind {
  readonly name: string;
  readonly about: string;
  readonly needs?: readonly Need[];
  play(run: Run): Promise<void>;
}

const SECOND = 1000;
/** How long a fault that must change nothing lasts; the last one is that of the targets. */
const HOLDS = [3, 3, 8, 8, 20, 60].map((seconds) => seconds * SECOND);

/** The node's BMC has to switch it off, and then its work is done elsewhere. */
function lost(
  name: string,
  about: string,
  harm: (run: Run, node: string) => void | Promise<void>,
  needs: readonly Need[] = [],
): Kind {
  return {
    name,
    about,
    needs,
    play: async (run) => {
      const node = run.victim();
      await harm(run, node);
      await run.untilReplaced();
      await run.restore(node);
    },
  };
}

function powerLost(run: Run, node: string): Promise<number> {
  run.hit(node, 'loses its power');
  return run.arena.server(node).powerLoss();
}
function hung(run: Run, node: string): void {
  run.hit(node, 'hangs');
  run.freeze(node);
}
function cutOff(direction: Direction): (run: Run, node: string) => void {
  return (run, node) => {
    run.hit(node, { both: 'is cut off', out: 'is not heard any more', in: 'hears nothing any more' }[direction]);
    run.arena.cut([{ address: addressOf(node), direction }]);
  };
}

/** A BMC that does not do what it must for a while; then it does. */
function withBmc(fault: 'silent' | 'refusing' | 'stuck' | 'slow', harm: (run: Run, node: string) => unknown) {
  return async (run: Run): Promise<void> => {
    const node = run.victim();
    const { rack } = run.arena.cluster;
    const delayMs = run.between('slow', 300, 4000);
    rack.setBmcFault(node, fault === 'slow' ? { kind: 'slow', delayMs } : { kind: fault });
    run.say(`the BMC of ${node} is ${fault}${fault === 'slow' ? ` by ${delayMs} ms` : ''}`);
    await harm(run, node);
    await run.hold(run.duration([6, 10, 14].map((seconds) => seconds * SECOND)));
    if (fault !== 'slow') run.checkNotTakenOver(`its BMC was ${fault}`);
    rack.setBmcFault(node, null);
    run.say(`the BMC of ${node} is as it should be`);
    await run.untilReplaced();
    await run.restore(node);
  };
}

/** Something stands still or is away for a while, and nothing may come of it. */
function away(
  name: string,
  about: string,
  begin: (run: Run) => void | Promise<void>,
  end: (run: Run) => void | Promise<void>,
  needs: readonly Need[] = [],
): Kind {
  return {
    name,
    about,
    needs,
    play: async (run) => {
      const ms = run.duration(HOLDS);
      run.takeChanges();
      run.leasesMayEnd();
      await begin(run);
      run.say(`${name}, for ${ms / SECOND} s`);
      await run.hold(ms);
      await end(run);
      run.say('that is over');
    },
  };
}

const storeOf = (run: Run) => join(run.arena.cluster.directory, 'coordinator', 'evenkeel.db');

/** The store cannot be written for a while, in which a node may lose its power. */
async function withoutStore(
  run: Run,
  begin: () => void | Promise<void>,
  end: () => void | Promise<void>,
): Promise<void> {
  run.takeChanges();
  await begin();
  await run.hold(run.between('before', 500, 3000));
  const node = run.roll('with a node') < 0.5 ? run.victim() : null;
  if (node !== null) await powerLost(run, node);
  await run.hold(run.duration([2, 4, 8].map((seconds) => seconds * SECOND)));
  await end();
  run.say('the store can be written again');
  if (node === null) return;
  await run.untilReplaced();
  await run.restore(node);
}

/** While a node's work is taken over, something else is killed and comes back. */
async function whileRecovering(
  run: Run,
  what: string,
  kill: () => Promise<void>,
  start: () => Promise<void>,
): Promise<void> {
  const node = run.victim();
  if (run.roll('how') < 0.5) await powerLost(run, node);
  else hung(run, node);
  await run.hold(run.between('moment', 0, 7000));
  run.leasesMayEnd();
  await kill();
  run.say(`${what} is killed`);
  await run.hold(run.between('away', 0, 3000));
  await start();
  run.say(`${what} is started again`);
  await run.untilReplaced();
  await run.restore(node);
}

const mosquittoOf = (run: Run) => {
  if (!run.arena.mosquitto) throw new Error('this kind needs an external broker');
  return run.arena.mosquitto;
};

export const KINDS: readonly Kind[] = [
  { name: 'app-crash', about: 'an application is killed: started again where it was', play: (run) => run.crash() },
  {
    name: 'agent-killed',
    about: 'an agent is killed and started again: what runs is adopted',
    play: async (run) => {
      const server = run.arena.server(run.victim());
      run.say(`the agent of ${server.node} is killed`);
      if (server.bootPid !== null) process.kill(server.bootPid, 'SIGKILL');
      await run.hold(SECOND); // so that it is missed
    },
  },
  lost(
    'node-power-lost',
    'a node loses its power: its BMC says off',
    async (run, node) => void (await powerLost(run, node)),
  ),
  lost('node-hung', 'everything on a node stands still: its BMC must switch it off', hung),
  lost('agent-frozen', 'an agent stands still while what it has started runs on', (run, node) => {
    run.hit(node, 'has an agent that stands still');
    const pid = run.arena.server(node).bootPid;
    if (pid !== null) process.kill(pid, 'SIGSTOP');
  }),
  {
    name: 'agent-gone',
    about: 'an agent is killed whenever it starts, while what it has started runs on',
    play: async (run) => {
      const node = run.victim();
      const server = run.arena.server(node);
      run.hit(node, 'has no agent any more');
      const killing = setInterval(() => {
        if (server.bootPid !== null) process.kill(server.bootPid, 'SIGKILL');
      }, 20);
      await run.untilReplaced();
      clearInterval(killing);
      await run.restore(node);
    },
  },
  lost('node-cut-off', 'a node and the broker lose each other', cutOff('both'), ['cuts']),
  lost('node-not-heard', 'what a node sends is lost', cutOff('out'), ['cuts']),
  lost('node-hears-nothing', 'what is sent to a node is lost', cutOff('in'), ['cuts']),
  {
    name: 'node-paused',
    about: 'everything on a node stands still for 1 to 3.5 s: nothing may come of it',
    play: async (run) => {
      const node = run.victim();
      const ms = run.between('pause', SECOND, 3500);
      run.say(`${node} stands still for ${ms} ms`);
      run.freeze(node);
      await run.hold(ms);
      run.thaw(node);
      await run.hold(3 * SECOND);
    },
  },
  {
    name: 'node-thawed',
    about:
      'everything on a node stands still for 13 to 18 s while its BMC is silent: by its lease alone something is taken over',
    play: async (run) => {
      const node = run.victim();
      const ms = run.between('pause', 13 * SECOND, 18 * SECOND);
      run.arena.cluster.rack.setBmcFault(node, { kind: 'silent' });
      run.say(`${node} stands still for ${ms} ms, and its BMC is silent`);
      run.freeze(node);
      await run.hold(ms);
      run.thaw(node, true);
      await run.hold(3 * SECOND); // heard again before its BMC obeys
      run.arena.cluster.rack.setBmcFault(node, null);
    },
  },
  {
    name: 'half-cut-off',
    about: 'half of the nodes, or more, are cut off at once: nothing may come of it',
    needs: ['cuts'],
    play: async (run) => {
      const { nodes } = run.arena;
      const count =
        run.roll('just half') < 0.5
          ? Math.ceil(nodes.length / 2)
          : run.between('count', Math.ceil(nodes.length / 2), nodes.length);
      const chosen = [...nodes].sort((a, b) => run.roll(`order ${a}`) - run.roll(`order ${b}`)).slice(0, count);
      const ms = run.duration(HOLDS);
      run.leasesMayEnd();
      run.arena.cut(chosen.map((node) => ({ address: addressOf(node), direction: 'both' })));
      run.say(`${chosen.sort().join(', ')} are cut off for ${ms / SECOND} s`);
      await run.hold(ms);
      run.arena.cut([]);
    },
  },
  away(
    'coordinator-frozen',
    'the coordinator (and its broker, where it is embedded) stands still',
    (run) => void process.kill(run.arena.keeper.pid, 'SIGSTOP'),
    (run) => void process.kill(run.arena.keeper.pid, 'SIGCONT'),
  ),
  away(
    'coordinator-killed',
    'the coordinator is killed and started again later',
    (run) => run.arena.keeper.kill(),
    (run) => run.arena.keeper.start(),
  ),
  away(
    'coordinator-cut-off',
    'the coordinator and the broker lose each other',
    (run) => run.arena.cut([{ address: COORDINATOR_ADDRESS, direction: 'both' }]),
    (run) => run.arena.cut([]),
    ['cuts', 'mosquitto'],
  ),
  away(
    'broker-killed',
    'the broker is killed and started again later, without any session',
    (run) => mosquittoOf(run).kill(),
    (run) => mosquittoOf(run).start(),
    ['mosquitto'],
  ),
  away(
    'broker-frozen',
    'the broker stands still',
    (run) => mosquittoOf(run).freeze(),
    (run) => mosquittoOf(run).thaw(),
    ['mosquitto'],
  ),
  {
    name: 'coordinator-killed-recovering',
    about: 'the coordinator is killed while a lost node is recovered from',
    play: (run) =>
      whileRecovering(
        run,
        'the coordinator',
        () => run.arena.keeper.kill(),
        () => run.arena.keeper.start(),
      ),
  },
  {
    name: 'broker-killed-recovering',
    about: 'the broker is killed while a lost node is recovered from',
    needs: ['mosquitto'],
    play: (run) =>
      whileRecovering(
        run,
        'the broker',
        () => mosquittoOf(run).kill(),
        () => mosquittoOf(run).start(),
      ),
  },
  {
    name: 'bmc-dead-power-lost',
    about: 'a node loses its power, and its BMC with it for a while: nothing is proved before it answers',
    play: withBmc('silent', powerLost),
  },
  {
    name: 'bmc-stuck',
    about: 'a node hangs, and its BMC accepts power-off and does nothing for a while',
    play: withBmc('stuck', hung),
  },
  { name: 'bmc-refusing', about: 'a node hangs, and its BMC refuses for a while', play: withBmc('refusing', hung) },
  {
    name: 'bmc-slow',
    about: 'a node hangs, and its BMC takes 0.3 to 4 s for an answer for a while',
    play: withBmc('slow', hung),
  },
  {
    name: 'disk-full',
    about: "the store's disk is full for a while, in which a node may lose its power",
    needs: ['smallDisk'],
    play: (run) =>
      withoutStore(
        run,
        () => {
          run.arena.smallDisk?.fill();
          run.say('the disk is full');
        },
        () => run.arena.smallDisk?.free(),
      ),
  },
  {
    name: 'disk-failing',
    about:
      "system calls on the store's files fail or take long for a while (strace), in which a node may lose its power",
    needs: ['strace'],
    play: async (run) => {
      const inject = run.pick('inject', DISK_ERRORS);
      const failing = new FailingCalls();
      run.leasesMayEnd(); // strace slows the coordinator down
      await withoutStore(
        run,
        async () => {
          await failing.begin(run.arena.keeper.pid, storeOf(run), inject);
          run.say(`the disk fails: ${inject}`);
        },
        () => failing.end(),
      );
    },
  },
  {
    name: 'clock-stepped',
    about: 'the wall clock of coordinator and agents steps by up to an hour, there and back: nothing may come of it',
    needs: ['wallClock'],
    play: async (run) => {
      run.takeChanges();
      for (const round of [1, 2, 3]) {
        const offsetS = run.between(`step ${round}`, -3600, 3600);
        run.arena.wallClock?.step(offsetS);
        run.say(`the wall clock is ${offsetS} s wrong`);
        await run.hold(run.between(`rest ${round}`, SECOND, 4000));
      }
      run.arena.wallClock?.step(run.roll('sign') < 0.5 ? 3600 : -3600);
      await run.hold(3 * SECOND);
      run.arena.wallClock?.step(0);
    },
  },
];

export const kindsNamed = (names: readonly string[]): Kind[] => KINDS.filter(({ name }) => names.includes(name));
