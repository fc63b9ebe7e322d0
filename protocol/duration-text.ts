/** How long something lasts, for people: `90 s`, `10 min`, `3 h`, `2.5 d`. */
export function durationText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}

/** How long something still takes: rounded up, and so coarsely that a text on it does not change all the time. */
export function leftText(ms: number): string {
  const stepMs = ms <= 120_000 ? 10_000 : 60_000;
  return durationText(Math.max(0, Math.ceil(ms / stepMs)) * stepMs);
}
