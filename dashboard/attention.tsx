import type { ClusterView } from '../protocol/view.ts';
import { Icon } from './icon.tsx';
import { troublesOf } from './troubles.ts';

/** What is lost or waits, and why. Absent when all is as it should be. */
export function Attention(props: { readonly view: ClusterView }) {
  const troubles = troublesOf(props.view);
  if (troubles.length === 0) return null;
  return (
    <section class="panel attention" aria-labelledby="attention-title" data-testid="attention">
      <h2 id="attention-title">
        Needs attention <span class="count">{troubles.length}</span>
      </h2>
      <ul class="troubles">
        {troubles.map((trouble) => (
          <li key={trouble.id} data-tone={trouble.tone} data-testid="trouble">
            <Icon name={trouble.icon} />
            <div>
              <p class="trouble-head">
                <b>{trouble.subject}</b> {trouble.state}
              </p>
              {trouble.reasons.map((reason) => (
                <p key={reason} class="reason">
                  {reason}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
