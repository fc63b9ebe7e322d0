import type { AgentConfig } from '../config.ts';

/** Something that was looked for on this machine. */
export interface Finding {
  readonly part: string;
  /** found: it is there and works. absent: not there, and the agent does without. failed: it is needed, and does not work. */
  readonly state: 'found' | 'absent' | 'failed';
  readonly detail: string;
  /** How to get it or to set it right; '' where it is found. */
  readonly cure: string;
}

/** One thing to look for. It changes nothing and takes at most a few seconds. What it throws is a finding that failed. */
export interface Check {
  readonly part: string;
  readonly look: (config: AgentConfig) => Promise<readonly Finding[]>;
  /** The cure where it throws. */
  readonly cure: string;
}

export function found(part: string, detail: string): Finding {
  return { part, state: 'found', detail, cure: '' };
}
export function absent(part: string, detail: string, cure: string): Finding {
  return { part, state: 'absent', detail, cure };
}
export function failed(part: string, detail: string, cure: string): Finding {
  return { part, state: 'failed', detail, cure };
}
