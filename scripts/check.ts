import { CHECKS } from './checks.ts';
import { seconds } from './progress.mjs';

// `npm run check`: everything that can be said of the sources without running them.

for (const { name, run } of CHECKS) {
  const start = performance.now();
  const wrong = await run();
  console.log(`${wrong === '' ? 'ok    ' : 'FAILED'} ${name} (${seconds(performance.now() - start)})`);
  if (wrong !== '') {
    console.log(wrong);
    process.exitCode = 1;
  }
}
