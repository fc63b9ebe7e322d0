/** Line icons of 16 × 16, in the text's colour. Each stands beside a word, so readers of the page aloud skip them. */
const PATHS = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  alert: 'M8 2.5L14.5 13.5H1.5zM8 6.5v3.2M8 11.6v.1',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.2 1.5',
  power: 'M8 2v5.5M4.8 4.3a5 5 0 1 0 6.4 0',
  question: 'M6 6.2a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 11.8v.1',
  shield: 'M8 1.8l5 2v3.7c0 3.2-2.1 5.6-5 6.7-2.9-1.1-5-3.5-5-6.7V3.8zM5.7 8l1.7 1.7 3-3.4',
  exposed: 'M8 1.8l5 2v3.7c0 3.2-2.1 5.6-5 6.7-2.9-1.1-5-3.5-5-6.7V3.8zM8 5v3.4M8 10.7v.1',
  arrow: 'M2.5 8h10.5M9.2 4.2L13 8l-3.8 3.8',
  dot: 'M8 6.8a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.3v3.5M8 5.2v.1',
  up: 'M8 13V3M3.8 7.2L8 3l4.2 4.2',
  down: 'M8 3v10M3.8 8.8L8 13l4.2-4.2',
  play: 'M5 3.2v9.6l7.5-4.8z',
  heat: 'M8 1.8a1.7 1.7 0 0 0-1.7 1.7v5.6a3.2 3.2 0 1 0 3.4 0V3.5A1.7 1.7 0 0 0 8 1.8zM8 6v5.6',
  fan: 'M8 8C6.5 6.5 5.8 2.3 8 2.3S9.5 6.5 8 8zM8 8c1.5-1.5 5.7-2.2 5.7 0S9.5 9.5 8 8zM8 8c1.5 1.5 2.2 5.7 0 5.7S6.5 9.5 8 8zM8 8C6.5 9.5 2.3 10.2 2.3 8S6.5 6.5 8 8z',
  bolt: 'M9 1.8L3.5 9.2H8l-1 5L12.5 6.8H8z',
  stop: 'M4 4h8v8H4z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon(props: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" data-icon={props.name}>
      <path d={PATHS[props.name]} />
    </svg>
  );
}
