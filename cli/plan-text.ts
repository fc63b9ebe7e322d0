import type { PreviewSteps } from '../protocol/api.ts';
import { clean } from './clean-text.ts';
import { table } from './table.ts';

/** The steps of a plan wave by wave, and who stays where it is; empty where there is neither. `width` is in columns. */
export function planText({ steps, waves, left }: PreviewSteps, width: number): string {
  const target = new Map(steps.map(({ instance, to }) => [instance, to]));
  const note = (step: PreviewSteps['steps'][number]) => {
    const to = target.get(step.instance);
    if (step.detour) return `on its way to ${to}: ${step.why}`;
    return step.interrupts ? `interrupted on its way to ${to}: ${step.why}` : '';
  };
  const rows = waves.flatMap((wave, w) =>
    wave.map((k, first) => {
      const step = steps[k]!;
      return [first === 0 ? w + 1 : '', step.kind, step.instance, step.from, step.to, note(step)];
    }),
  );
  const columns = [
    { title: 'WAVE', align: 'right' } as const,
    { title: 'STEP' },
    { title: 'INSTANCE', shrinkTo: 10 },
    { title: 'FROM', shrinkTo: 6 },
    { title: 'TO', shrinkTo: 6 },
    { title: '', shrinkTo: 16 },
  ];
  return [
    rows.length > 0 ? `\n${table(columns, rows, width)}` : '',
    left.length > 0 ? '\n' : '',
    ...left.map(({ instance, why }) => `${clean(instance)} stays where it is: ${clean(why)}\n`),
  ].join('');
}
