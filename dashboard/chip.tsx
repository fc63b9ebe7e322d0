import { useContext } from 'preact/hooks';
import type { NodeName } from '../protocol/ids.ts';
import type { InstanceView } from '../protocol/view.ts';
import { Hues } from './hues.ts';
import { Icon } from './icon.tsx';

const STATE_WORD: Readonly<Record<InstanceView['state'], string>> = {
  assigned: 'assigned',
  starting: 'starting',
  ready: '',
  unready: 'not ready',
  backoff: 'retrying',
  stopping: 'stopping',
  lost: 'not heard', // of a node that is dead but not yet proved to run nothing
};

interface Props {
  readonly instance: InstanceView;
  /** Its node is proved to run nothing: the chip is a ghost. */
  readonly lost: boolean;
  /** Where the instance runs instead. */
  readonly nowOn: NodeName | null;
}

export function Chip(props: Props) {
  const { instance, lost, nowOn } = props;
  const state = lost ? 'lost' : instance.state === 'lost' ? 'silent' : instance.state;
  const [app, slot] = split(instance.instance);
  const word = wordFor(instance, lost, nowOn);
  return (
    <li
      class="chip"
      data-testid="chip"
      data-instance={instance.instance}
      data-role={instance.role}
      data-state={state}
      data-moving={lost ? null : instance.moving}
      title={[`${instance.instance}, ${instance.role}, ${state}`, instance.detail]
        .filter((part) => part !== '')
        .join('\n')}
      style={{ '--hue': useContext(Hues).get(app) ?? 0 }}
    >
      {!lost && instance.moving === 'in' && <Icon name="arrow" />}
      <span class="chip-name">
        {app}
        <span class="slot">/{slot}</span>
      </span>
      {word !== '' && <span class="chip-word">{word}</span>}
      {!lost && instance.moving === 'out' && <Icon name="arrow" />}
    </li>
  );
}

function wordFor(instance: InstanceView, lost: boolean, nowOn: NodeName | null): string {
  if (nowOn !== null) return `now on ${nowOn}`;
  if (lost) return 'lost';
  const state = STATE_WORD[instance.state];
  if (instance.role === 'standby') return state === '' ? 'standby' : `standby, ${state}`;
  return state;
}

function split(instance: string): [string, string] {
  const slash = instance.lastIndexOf('/');
  return slash < 0 ? [instance, ''] : [instance.slice(0, slash), instance.slice(slash + 1)];
}
