import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES_HELP } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';
import { ROOT } from '../../scripts/runtime.mjs';
import { cannedView } from './canned-view.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { evenkeel } from './run-cli.ts';

/** Every command that does something, as its words: `server replace`. */
function leaves(command: Command, words: readonly string[] = []): string[][] {
  const own = command.commands.length === 0 || command.options.some(({ mandatory }) => mandatory) ? [[...words]] : [];
  return [...own, ...command.commands.flatMap((child) => leaves(child, [...words, child.name()]))];
}
const COMMANDS = leaves(createProgram());

test('there is every command', () => {
  const expected =
    'agent,agent check,apply,apps,arm,coordinator,cordon,delete,demo,disarm,drain,events,explain,node confirm-dead,node forget,nodes,plan,reboot,server replace,solve,status,store adopt,store backup,store restore,store verify,uncordon,up';
  expect(COMMANDS.map((words) => words.join(' ')).sort()).toEqual(expected.split(','));
});

function commandAt(words: readonly string[]): Command {
  return words.reduce((at, word) => at.commands.find((child) => child.name() === word)!, createProgram());
}

test.each(COMMANDS.map((words) => [words]))('%j --help shows examples', (words) => {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  commandAt(words).configureOutput({ writeOut: write }).outputHelp();
  expect(out).toMatch(/^Usage: evenkeel /);
  expect(out).toMatch(new RegExp(`Examples:\\n(?:.*\\n)*? {2}.*evenkeel ${words.join(' ')}`));
});

test('--help of a command is an answer, not an error', async () => {
  const { code, out, err } = await evenkeel(['server', 'replace', '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('evenkeel server replace N3');
});

test('--help and docs/cli.md tell the same exit codes', async () => {
  const { code, out } = await evenkeel(['--help']);
  expect(code).toBe(0);
  expect(out).toContain(EXIT_CODES_HELP);
  const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
  for (const [, number, meaning] of EXIT_CODES_HELP.matchAll(/^ {2}(\d) {2}(.*)$/gm))
    expect(page).toContain(`| ${number} | ${meaning} |`);
});

test('docs/cli.md names every command and option', () => {
  const page = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
  for (const words of COMMANDS) {
    const section = page.split(/^### /m).find((part) => part.startsWith(`\`${words.join(' ')}`));
    expect(section, words.join(' ')).toBeDefined();
    for (const option of commandAt(words).options.filter(({ hidden }) => !hidden))
      expect(section, words.join(' ')).toContain(option.long);
  }
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(await evenkeel(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

describe('bad usage ends with exit code 2', () => {
  test.each([
    [[], 'Usage: evenkeel'],
    [['stauts'], 'Did you mean status?'],
    [['status', '--jsn'], 'Did you mean --json?'],
    [['status', 'extra'], 'too many arguments'],
    [['apply'], "missing required argument 'file'"],
    [['agent'], "required option '-c, --config <file>' not specified"],
    [['events', '--limit', '0'], 'It must be a whole number from 1 to 10000.'],
    [['plan', '--add', '-1'], 'It must be a whole number from 0 to 1000.'],
    [['plan', '--fail', 'N 1'], 'cannot be the name of a node'],
    [['up', '--nodes', '0'], 'It must be a whole number from 1 to 40.'],
    [['up', '--cluster', 'a b'], '--cluster: "a b" is not allowed'],
    [['up', '--state-dir', `/tmp/${'x'.repeat(80)}`], '--state-dir: '],
    [['agent', '--config', '/nonexistent.yaml'], 'cannot read'],
    [['coordinator', '--config', '/nonexistent.yaml'], 'cannot read'],
    [['demo', '9z'], 'there is no scenario "9z"'],
  ])('%j', async (args, message) => {
    const { code, err, out } = await evenkeel(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });
});

test('a reader that goes away ends the command without a word', async () => {
  const view = cannedView();
  const journal = Array.from({ length: 20_000 }, (_, i) => ({ ...view.journal[0]!, id: i + 1, text: 'x'.repeat(100) }));
  const fake = await fakeCoordinator({ ...view, journal });
  try {
    const { code, err } = await evenkeel(['events', '--limit', '10000', '--url', fake.url], { closeEarly: true });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  } finally {
    await fake.close();
  }
});

test('colour is for terminals, and NO_COLOR takes it away', async () => {
  const fake = await fakeCoordinator(cannedView());
  const colour = '\u001b[';
  try {
    const args = ['status', '--url', fake.url];
    expect((await evenkeel(args, { env: { NO_COLOR: '' } })).out).not.toContain(colour);
    expect((await evenkeel(args, { env: { NO_COLOR: '', FORCE_COLOR: '1' } })).out).toContain(colour);
    expect((await evenkeel(args, { env: { NO_COLOR: '1' } })).out).not.toContain(colour);
  } finally {
    await fake.close();
  }
});
