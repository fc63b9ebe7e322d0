/** Processor time of this thread in milliseconds, which a busy machine does not stretch. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
