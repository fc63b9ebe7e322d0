import type { NodeView } from '../protocol/view.ts';
import type { IconName } from './icon.tsx';
import { span } from './times.ts';

export type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'quiet';
export interface Condition {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

/** The one word on a node: whether it is heard comes before how its hardware is. */
export function conditionOf(node: NodeView): Condition {
  switch (node.liveness) {
    case 'unknown':
      return { word: 'not heard yet', icon: 'question', tone: 'quiet' };
    case 'suspect':
      return { word: silent('suspect', node.silenceMs), icon: 'clock', tone: 'warning' };
    case 'dead':
      return { word: silent('dead', node.silenceMs), icon: 'cross', tone: 'bad' };
    case 'fencing':
      return { word: 'being fenced', icon: 'power', tone: 'bad' };
    case 'lost':
      if (node.replacement === 'awaiting-server') return { word: 'awaiting new server', icon: 'clock', tone: 'busy' };
      return { word: 'lost', icon: 'cross', tone: 'bad' };
    case 'alive':
      if (node.health === 'failing') return { word: 'failing', icon: 'alert', tone: 'bad' };
      if (node.health === 'degraded') return { word: 'degraded', icon: 'alert', tone: 'warning' };
      return { word: 'ok', icon: 'check', tone: 'good' };
  }
}

function silent(word: string, silenceMs: number | null): string {
  return silenceMs === null ? word : `${word}, silent ${span(silenceMs)}`;
}

export function badgesOf(node: NodeView): readonly { readonly text: string; readonly tone: Tone }[] {
  const badges: { text: string; tone: Tone }[] = [];
  if (node.replacement === 'draining') badges.push({ text: 'replacement: draining', tone: 'busy' });
  else if (node.replacement === 'powering-off') badges.push({ text: 'replacement: powering off', tone: 'busy' });
  else if (node.replacement === 'awaiting-server' && node.liveness !== 'lost')
    badges.push({ text: 'awaiting new server', tone: 'busy' });
  else if (node.draining) badges.push({ text: 'draining', tone: 'busy' });
  else if (node.cordoned) badges.push({ text: 'cordoned', tone: 'quiet' });
  if (node.quarantine) badges.push({ text: 'quarantined', tone: 'warning' });
  if (node.fenceHeld) badges.push({ text: 'fence held back', tone: 'bad' });
  if (node.takeover === 'manual') badges.push({ text: 'taken over only by hand', tone: 'warning' });
  return badges;
}
