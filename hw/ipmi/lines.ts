/**
 * Output of ipmitool → its whole lines. Bytes that are no UTF-8 become U+FFFD, control characters blanks, and what follows
 * the last line's end is dropped: half a line may hold half a number.
 */
export function wholeLines(output: Uint8Array): string[] {
  const text = new TextDecoder('utf-8').decode(output);
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line) => line.replace(/\p{Cc}/gu, ' ').trimEnd());
}
