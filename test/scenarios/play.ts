import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Outcome } from '../../cli/demo/screen.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/evenkeel.js', import.meta.url));

export interface Play {
  /** Where its page is, as soon as it is there. */
  pageUrl(): Promise<string>;
  /** The outcome of one of the scenarios, as soon as it has been played. Throws when the demo ends without it. */
  outcome(name: string): Promise<Outcome>;
  exitCode(): Promise<number | null>;
  end(): Promise<void>;
}

/** Plays scenarios one after another with the built program, as `npx evenkeel demo` does. */
export function play(...names: string[]): Play {
  if (!existsSync(PROGRAM))
    throw new Error('dist/evenkeel.js is not there: scenarios are played with what is built, run "npm run build"');
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, 'demo', ...names, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  const page = Promise.withResolvers<string>();
  page.promise.catch(() => {}); // whoever asks for it later is told all the same
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-10_000);
    const url = /to watch it: (http:\S+)\n/.exec(errors)?.[1];
    if (url) page.resolve(url);
  });
  const outcomes = new Map<string, PromiseWithResolvers<Outcome>>();
  const of = (name: string) => {
    const known = outcomes.get(name) ?? Promise.withResolvers<Outcome>();
    known.promise.catch(() => {}); // whoever asks for it later is told all the same
    outcomes.set(name, known);
    return known;
  };
  let over = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      over = true;
      page.reject(new Error(`the demo ended with ${code}, before it had a page\n${errors}`));
      for (const [name, { reject }] of outcomes)
        reject(new Error(`the demo ended with ${code}, without ${name}\n${errors}`));
      resolve(code);
    });
  });
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const outcome = JSON.parse(line) as Outcome;
    of(outcome.scenario).resolve(outcome);
  });
  return {
    pageUrl: () => page.promise,
    outcome: (name) => {
      const wanted = of(name);
      if (over) wanted.reject(new Error(`the demo has ended, without ${name}\n${errors}`));
      return wanted.promise;
    },
    exitCode: () => ended,
    end: async () => {
      if (!over) child.kill('SIGTERM'); // it stops its cluster
      await ended;
    },
  };
}

/** Every check that the scenario made from outside held; otherwise shows which did not, and what happened. */
export function expectHeld(outcome: Outcome): void {
  const failed = outcome.checks.filter(({ ok }) => !ok).map(({ text }) => text);
  const story = outcome.timeline.map(({ atMs, source, text }) => `+${(atMs / 1000).toFixed(1)} s ${source}: ${text}`);
  expect({ failed, error: outcome.error }, story.join('\n')).toEqual({ failed: [], error: null });
  expect(outcome.ok).toBe(true);
  expect(outcome.checks.length).toBeGreaterThan(3);
}
