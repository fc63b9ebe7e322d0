import { Icon } from './icon.tsx';
import type { Live } from './live.ts';
import { clock } from './times.ts';

export function Banner(props: { readonly live: Live }) {
  const { connection, view } = props.live;
  if (connection !== 'lost' || view === null) return null;
  return (
    <div class="banner" role="alert" data-testid="connection-lost">
      <Icon name="alert" />
      <span>
        Connection lost, showing state of <time>{clock(view.wallMs)}</time>
      </span>
    </div>
  );
}
