import { isActive, live } from './instance.mjs';

/* Uses a set share of one core while it is active. MILLICORES: how much (default 30). */
const SLICE_MS = 100;
const busyMs = (SLICE_MS * Number(process.env.MILLICORES ?? 30)) / 1000;

live();
setInterval(() => {
  if (!isActive()) return;
  const end = performance.now() + busyMs;
  while (performance.now() < end);
}, SLICE_MS);
