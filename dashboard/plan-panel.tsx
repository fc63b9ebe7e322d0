import type { PlanView, StepView } from '../protocol/view.ts';
import { Icon, type IconName } from './icon.tsx';

const KIND_ICON: Readonly<Record<StepView['kind'], IconName>> = {
  start: 'play',
  stop: 'stop',
  promote: 'up',
  demote: 'down',
};
const STATE_ICON: Readonly<Record<StepView['state'], IconName>> = {
  waiting: 'clock',
  running: 'arrow',
  done: 'check',
  failed: 'cross',
};

/** What is being carried out now, step by step. */
export function PlanPanel(props: { readonly plan: PlanView | null }) {
  const { plan } = props;
  if (plan === null) return null;
  const done = plan.steps.filter((step) => step.state === 'done').length;
  return (
    <section class="panel plan" aria-labelledby="plan-title" data-testid="plan">
      <h2 id="plan-title">
        What moves{' '}
        <span class="count">
          {done} of {plan.steps.length} steps done
        </span>
      </h2>
      <p class="reason">{plan.reason}</p>
      <progress class="progress" max={Math.max(1, plan.steps.length)} value={done} aria-label="Steps done" />
      <ol class="steps">
        {plan.steps.map((step) => (
          <li key={step.id} class="step" data-state={step.state} data-testid="step">
            <Icon name={KIND_ICON[step.kind]} />
            <span class="step-what">
              {step.kind} <b>{step.instance}</b> on {step.node}
            </span>
            <span class="step-state">
              <Icon name={STATE_ICON[step.state]} /> {step.state}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
