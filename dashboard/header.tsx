import type { ClusterView } from '../protocol/view.ts';
import { Icon, type IconName } from './icon.tsx';
import { LevelGauge } from './level-gauge.tsx';
import { clock } from './times.ts';

const TONE_ICON: Readonly<Record<ClusterView['tone'], IconName>> = {
  good: 'check',
  busy: 'arrow',
  warning: 'alert',
  bad: 'cross',
};
const TONE_WORD: Readonly<Record<ClusterView['tone'], string>> = {
  good: 'Good',
  busy: 'At work',
  warning: 'Warning',
  bad: 'Bad',
};

export function Header(props: { readonly view: ClusterView }) {
  const { view } = props;
  return (
    <header class="header" data-testid="header" data-tone={view.tone}>
      <div class="how">
        <span class="seal">
          <Icon name={TONE_ICON[view.tone]} />
        </span>
        <div>
          <p class="overline">
            <span data-testid="cluster">{view.cluster}</span>
            <span class="tone-word">{TONE_WORD[view.tone]}</span>
          </p>
          <h1 class="sentence" data-testid="sentence" aria-live="polite">
            {view.sentence}
          </h1>
        </div>
      </div>
      <div class="facts">
        <Survives survives={view.survives} />
        {view.disarmed && (
          <p class="survives" data-testid="disarmed" data-tone="warning">
            <Icon name="alert" /> Disarmed since {clock(view.disarmed.wallMs)}
          </p>
        )}
        {view.reboot && (
          <p class="survives" data-testid="reboot" data-tone={view.reboot.status === 'stopped' ? 'warning' : 'quiet'}>
            Rolling reboot: {view.reboot.text}
          </p>
        )}
        <LevelGauge nodes={view.nodes} />
        <p class="term" data-testid="term">
          term <b>{view.term}</b>
        </p>
      </div>
    </header>
  );
}

const LOOK = { nothing: ['quiet', 'clock'], any: ['good', 'shield'], not: ['warning', 'exposed'] } as const;

function Survives(props: { readonly survives: ClusterView['survives'] }) {
  const { survives } = props;
  if (survives === null) {
    return (
      <p class="survives" data-testid="survives" data-tone="quiet">
        <Icon name="clock" /> Working out which loss it would survive
      </p>
    );
  }
  const [tone, icon] = LOOK[survives.anyNode === null ? 'nothing' : survives.anyNode ? 'any' : 'not'];
  return (
    <p class="survives" data-testid="survives" data-tone={tone}>
      <Icon name={icon} /> {survives.text.charAt(0).toUpperCase() + survives.text.slice(1)}
    </p>
  );
}
