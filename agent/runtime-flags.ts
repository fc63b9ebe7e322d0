const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1'; // MiB; what a cycle allocates fits, and V8 would keep 16 times that

/**
 * Flags of Node for the built agent: the one place where they stand. Whatever starts agents (the demo, a unit of systemd) gives
 * them before the program. An agent runs without them as well, and takes more memory.
 */
export const AGENT_FLAGS: readonly string[] = [
  SMALL_YOUNG_GENERATION,
  // No compiler, hence no compiled code and no WebAssembly. What an agent does is mostly done by the kernel and by Node's own
  // natives: at 100 reports in 10 s its CPU time is the same, within what measuring it varies.
  '--lite-mode',
];

/** Those for a program that may be a source: Node needs WebAssembly to read TypeScript. */
export const agentFlagsFor = (program: string): readonly string[] =>
  program.endsWith('.ts') ? [SMALL_YOUNG_GENERATION] : AGENT_FLAGS;

/** One pool of memory for all threads, which seldom want any at the same time. Instances do not inherit it. */
export const AGENT_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' };
