import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AGENT,
  AGENT_FILE,
  APP,
  COORDINATOR,
  chapter,
  everythingOfOurs,
  fact,
  goesOn,
  isActive,
  journal,
  node,
} from './facts.ts';
import { attempt, mainPid, pidsOf, property, run, statusOf, until } from './machine.ts';

/*
 * The life of both services on a machine with a systemd of its own, from installation to purge, told as facts: one line of JSON
 * each. What they should be is for the test outside to say.
 *
 *   node life.ts FOLDER_WITH_THE_PACKAGES
 */

const [packages = ''] = process.argv.slice(2);

function installed(): void {
  chapter('install');
  for (const name of ['evenkeel-coordinator_1.0.0', 'evenkeel-agent_1.0.0'])
    run('dpkg', '--install', join(packages, `${name}_amd64.deb`));
  fact('enabled', run('systemctl', 'is-enabled', AGENT, COORDINATOR).split('\n'));
  fact('without configuration', [property(AGENT, 'ActiveState'), property(COORDINATOR, 'ActiveState')]);
}

async function started(): Promise<void> {
  chapter('start');
  for (const part of ['agent', 'coordinator']) {
    run('cp', `/usr/share/doc/evenkeel-${part}/${part}.yaml`, '/etc/evenkeel/');
    const folder = `/etc/systemd/system/evenkeel-${part}.service.d`;
    mkdirSync(folder);
    writeFileSync(join(folder, 'quick.conf'), '[Service]\nWatchdogSec=5\nRestartSec=100ms\n');
  }
  run('systemctl', 'daemon-reload');
  run('systemctl', 'start', COORDINATOR, AGENT); // comes back when both have said that they are ready
  fact('started', [isActive(AGENT), isActive(COORDINATOR)]);
  for (const unit of [AGENT, COORDINATOR]) {
    const pid = mainPid(unit);
    fact(`rights of ${unit}`, {
      user: run('ps', '-o', 'user:40=', '-p', String(pid)),
      capabilities: statusOf(pid, 'CapEff'),
      seccomp: statusOf(pid, 'Seccomp'),
      rootIsReadOnly: / \/ \/ ro[, ]/.test(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')),
    });
  }
}

async function reported(): Promise<void> {
  chapter('report');
  const readings = await until('readings reach the coordinator', async () => {
    const seen = (await node())?.readings ?? [];
    return seen.length > 0 && seen;
  });
  fact(
    'readings',
    readings.filter(({ value }) => value !== null).map(({ sensor }) => sensor),
  );
  fact('self-test', await until('the self-test is told', async () => /self-test .*/.exec(await journal())?.[0]));
  const check = ['-u', 'evenkeel-agent', '--', '/usr/bin/evenkeel', 'agent', 'check', '--json', '--config', AGENT_FILE];
  fact('check', JSON.parse(run('runuser', ...check)));
}

/** With a smartctl that tells how it was run, since the machine has no disk to ask. */
function smart(): void {
  chapter('smart');
  const asked = (user: string, groups: string, ...args: readonly string[]) =>
    attempt(
      'setpriv',
      '--reuid',
      user,
      '--regid',
      groups,
      '--groups',
      groups,
      '/usr/lib/evenkeel-agent/bin/smartctl',
      ...args,
    );
  const question = ['--json', '-n', 'standby', '-d', 'sat', '/dev/sda'];
  fact('smart without smartctl', asked('evenkeel-agent', 'evenkeel-hw', '--scan', '--json').status);
  const fake =
    '#!/bin/sh\necho "$(id -u) $(grep ^CapBnd /proc/self/status | cut -f2) $*"\ncase "$*" in *bad*) exit 64;; esac\n';
  writeFileSync('/usr/sbin/smartctl', fake, { mode: 0o755 });
  fact('smart', {
    scan: asked('evenkeel-agent', 'evenkeel-hw', '--scan', '--json').text,
    disk: asked('evenkeel-agent', 'evenkeel-hw', ...question).text,
    failing: asked('evenkeel-agent', 'evenkeel-hw', '-d', 'sat', '/dev/bad').status,
    elsewhere: asked('evenkeel-agent', 'evenkeel-hw', '-d', 'sat', '/dev/../etc/shadow').status,
    stranger: asked('nobody', 'nogroup', ...question).text.includes('Permission denied'),
  });
}

async function applied(): Promise<number> {
  chapter('apply');
  const spec = `name: web\ndemand: {cpu: 0.01, memory: 1Mi}\nruntime: {driver: process, command: ${JSON.stringify(APP)}}\n`;
  writeFileSync('/tmp/web.yaml', spec);
  run('evenkeel', 'apply', '/tmp/web.yaml');
  const pid = await until('the application runs', () => pidsOf(...APP)[0]);
  fact('user of the application', run('ps', '-o', 'user:40=', '-p', String(pid)));
  return pid;
}

async function restarted(app: number): Promise<void> {
  chapter('restart');
  let earlier = mainPid(AGENT);
  run('systemctl', 'restart', AGENT);
  await goesOn('a restart', app, earlier);

  chapter('kill -9');
  earlier = mainPid(AGENT);
  process.kill(earlier, 'SIGKILL');
  await goesOn('kill -9', app, earlier);

  chapter('hang');
  earlier = mainPid(AGENT);
  const coordinator = mainPid(COORDINATOR);
  process.kill(earlier, 'SIGSTOP');
  process.kill(coordinator, 'SIGSTOP');
  await until('the watchdog has both started anew', () => {
    const now = [mainPid(AGENT), mainPid(COORDINATOR)];
    return !now.includes(0) && now[0] !== earlier && now[1] !== coordinator && isActive(AGENT) && isActive(COORDINATOR);
  });
  await goesOn('a hang', app, earlier);
  const log = run('journalctl', '--no-pager', '--output=cat', '-u', AGENT, '-u', COORDINATOR);
  fact('watchdog', [...log.matchAll(/^(evenkeel-\w+\.service): Watchdog timeout/gm)].map(([, unit]) => unit).sort());
}

async function reloaded(app: number): Promise<void> {
  chapter('reload');
  const earlier = mainPid(AGENT);
  const good = readFileSync(AGENT_FILE, 'utf8');
  const reload = async (text: string, holds: () => unknown) => {
    writeFileSync(AGENT_FILE, text);
    run('systemctl', 'reload', AGENT);
    await until('the reload is over', async () => await holds());
  };
  await reload(`${good}labels: { room: north }\n`, async () => (await node())?.labels.room === 'north');
  fact('labels', (await node())?.labels);
  await reload(`${good}nonsense: 1\n`, () => property(AGENT, 'StatusText').includes('nonsense'));
  fact('after a bad one', { labels: (await node())?.labels, active: isActive(AGENT) });
  await reload(good.replace('node: N1', 'node: N2'), () => property(AGENT, 'StatusText').includes('node can be'));
  fact('another name', property(AGENT, 'StatusText'));
  const coordinator = mainPid(COORDINATOR);
  run('systemctl', 'reload', COORDINATOR);
  await until('the coordinator has read it anew', () => property(COORDINATOR, 'StatusText').includes('read anew'));
  await goesOn('a reload of the coordinator', app, 0);
  fact('same coordinator', mainPid(COORDINATOR) === coordinator);

  chapter('hardware watchdog');
  // A file in the device's place keeps what is written to it. Devices come and go with the machine, so nothing else differs.
  writeFileSync('/dev/watchdog', '');
  run('chgrp', 'evenkeel-hw', '/dev/watchdog');
  chmodSync('/dev/watchdog', 0o660);
  await reload(`${good}watchdog: {}\n`, () => statSync('/dev/watchdog').size > 2);
  const wound = readFileSync('/dev/watchdog', 'latin1');
  await reload(good, () => readFileSync('/dev/watchdog', 'latin1').endsWith('V'));
  fact('wound up', /^\0+$/.test(wound));
  fact('reloads', { sameAgent: mainPid(AGENT) === earlier, sameApplication: pidsOf(...APP).join() === String(app) });
}

async function upgraded(app: number): Promise<void> {
  chapter('upgrade');
  const earlier = mainPid(AGENT);
  const before = JSON.parse(readFileSync('/var/lib/evenkeel/agent/agent.json', 'utf8').slice(9));
  run('dpkg', '--install', join(packages, 'evenkeel-agent_1.0.1_amd64.deb'));
  await goesOn('an upgrade', app, earlier);
  const after = JSON.parse(readFileSync('/var/lib/evenkeel/agent/agent.json', 'utf8').slice(9));
  fact('state after the upgrade', { bootIdGrew: after.bootId > before.bootId, term: after.term - before.term });
  fact('version', /^Version: (.*)$/m.exec(run('dpkg', '--status', 'evenkeel-agent'))?.[1]);

  chapter('state lost');
  const last = mainPid(AGENT);
  run('systemctl', 'stop', AGENT);
  rmSync('/var/lib/evenkeel/agent', { recursive: true });
  run('systemctl', 'start', AGENT);
  await goesOn('the loss of all state', app, last);
}

function removed(): void {
  chapter('remove');
  run('dpkg', '--remove', 'evenkeel-agent', 'evenkeel-coordinator');
  fact('after removal', {
    processes:
      pidsOf(...APP).length + Number(attempt('pgrep', '-fc', '^/usr/lib/evenkeel').text.match(/^\d+$/)?.[0] ?? 0),
    configuration: existsSync(AGENT_FILE),
    state: existsSync('/var/lib/evenkeel/agent'),
    program: existsSync('/usr/lib/evenkeel-agent'),
  });
  chapter('purge');
  fact('there before', everythingOfOurs());
  run('dpkg', '--purge', 'evenkeel-agent', 'evenkeel-coordinator');
  fact('left', everythingOfOurs());
  const databases = ['passwd', 'group'].map((database) => run('getent', database)).join('\n');
  fact(
    'users left',
    databases.split('\n').filter((line) => line.includes('evenkeel')),
  );
  chapter('end');
}

installed();
await started();
await reported();
smart();
const app = await applied();
await restarted(app);
await reloaded(app);
await upgraded(app);
removed();
