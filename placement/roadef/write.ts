/** An assignment as the challenge writes it: one line of machine indices. */
export function assignmentText(machineOf: ArrayLike<number>): string {
  return `${Array.from(machineOf).join(' ')}\n`;
}
