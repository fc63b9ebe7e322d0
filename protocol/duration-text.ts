/** How long something lasts, for people: `90 s`, `10 min`, `3 h`, `2.5 d`. */
export function durationText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}
