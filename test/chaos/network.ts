import { spawnSync } from 'node:child_process';
import { findTool } from './tools.ts';

/*
 * Links that are cut, in a network namespace of our own. Each node finds the broker at an address of its own, 127.0.1.N, so
 * that packets of one connection can be told from those of others in each direction.
 */

/** `out`: what the node sends is lost; `in`: what the broker sends to it. */
export type Direction = 'both' | 'out' | 'in';

export interface Cut {
  readonly address: string;
  readonly direction: Direction;
}

const FIRST = '127.0.1.';
/** Where the coordinator reaches an external broker. */
export const COORDINATOR_ADDRESS = '127.0.2.1';

/** The address at which the node N7 finds the broker. */
export const addressOf = (node: string): string => `${FIRST}${node.slice(1)}`;

/** From now on these are cut, and no others. Packets are dropped without an answer, as on a cable that was pulled. */
export function setCuts(port: number, cuts: readonly Cut[]): void {
  const rules = cuts.flatMap(({ address, direction }) => [
    ...(direction === 'in' ? [] : [`ip daddr ${address} tcp dport ${port} counter drop`]),
    ...(direction === 'out' ? [] : [`ip saddr ${address} tcp sport ${port} counter drop`]),
  ]);
  nft(
    [
      'table ip chaos',
      'delete table ip chaos',
      'table ip chaos {',
      'chain cut {',
      'type filter hook input priority 0; policy accept;',
      ...rules.map((rule) => `${rule};`),
      '}',
      '}',
      '',
    ].join('\n'),
  );
}

/** Packets that were dropped since the cuts were set. */
export function droppedPackets(): number {
  const listed = spawnSync(findTool('nft'), ['list', 'table', 'ip', 'chaos'], { encoding: 'utf8' });
  return [...listed.stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function nft(text: string): void {
  const done = spawnSync(findTool('nft'), ['-f', '-'], { input: text, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`nft refuses the rules: ${done.error?.message ?? done.stderr}`);
}
