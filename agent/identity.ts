import { join } from 'node:path';
import * as z from 'zod';
import { sha256Of } from '../protocol/checksum.ts';
import { BootId, Term } from '../protocol/ids.ts';
import { STORE_ID } from '../protocol/store-id.ts';
import { encodeChecked, readChecked } from './checked-json.ts';
import type { AgentConfig } from './config.ts';
import { writeDurably } from './durable-file.ts';
import { putAside } from './records.ts';

const AgentFacts = z.strictObject({
  v: z.literal(1),
  bootId: BootId,
  term: Term,
  /** Whom the agent obeys, within the cluster of this name. */
  obeys: z.strictObject({ cluster: z.string(), store: z.string().regex(STORE_ID) }).optional(),
});
export interface BootFacts {
  readonly bootId: number;
  readonly term: number;
  readonly store: string; // of the coordinator that is obeyed; '' for none yet
  readonly problems: readonly { readonly kind: 'state-corrupt' | 'disk-full'; readonly detail: string }[];
}

/** A new boot id, above every earlier one, and the highest term obeyed before. Seeded from the clock where the file is lost. */
export function beginBoot({ stateDir, cluster }: Pick<AgentConfig, 'stateDir' | 'cluster'>, wallMs: number): BootFacts {
  const path = join(stateDir, 'agent.json');
  const stored = readChecked(AgentFacts, path);
  const problems: BootFacts['problems'][number][] = [];
  if (stored.kind === 'corrupt') {
    problems.push({ kind: 'state-corrupt', detail: stored.detail });
    putAside(path);
  }
  const last = stored.kind === 'ok' ? stored.value : { bootId: 0, term: 0 };
  const obeys = 'obeys' in last && last.obeys?.cluster === cluster ? last.obeys.store : '';
  const facts = { cluster, bootId: Math.max(last.bootId + 1, Math.floor(wallMs)), term: last.term, store: obeys };
  try {
    saveFacts(stateDir, facts);
  } catch (error) {
    problems.push({ kind: 'disk-full', detail: `cannot write ${path}: ${(error as Error).message}` });
  }
  return { ...facts, problems };
}

export function saveFacts(
  stateDir: string,
  { cluster, bootId, term, store }: { cluster: string; bootId: number; term: number; store: string },
): void {
  const facts = { v: 1, bootId, term, ...(store === '' ? {} : { obeys: { cluster, store } }) };
  writeDurably(join(stateDir, 'agent.json'), encodeChecked(facts));
}

/** Begins every token of this agent's instances: several agents can share a machine, and each must know its own. */
export function tokenPrefix(config: AgentConfig): string {
  const text = `${config.cluster}/${config.node}/${config.stateDir}`;
  return `${sha256Of(text).toString('hex').slice(0, 16)}.`;
}
