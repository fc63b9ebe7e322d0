/**
 * Flags of Node for a process that runs an agent: the one place where they stand. Whatever starts agents (the demo, a unit of
 * systemd) gives them before the program. An agent runs without them as well, and takes more memory.
 */
export const AGENT_FLAGS: readonly string[] = [
  '--max-semi-space-size=1', // MiB; what is allocated in a cycle fits, and V8 would keep 16 times that
];
