import type { Survey } from './events.ts';
import { poseProblem } from './problem.ts';
import { survivalText } from './survival-text.ts';
import type { Turn } from './turn.ts';

/* Which losses the cluster would survive is asked when all is quiet, and told when the answer is another one. */

export function startSurvey(turn: Turn): void {
  const { state } = turn;
  const { problem } = poseProblem(state, { purpose: 'repair-free', budgets: false });
  const asked = state.survey.asked + 1;
  state.survey = { ...state.survey, asked, waiting: true, epoch: state.epoch };
  turn.effects.push({ kind: 'survey', survey: asked, problem });
}

export function surveyed(turn: Turn, survey: number, result: Survey | null): void {
  const { state } = turn;
  if (survey !== state.survey.asked) return;
  const before = state.survey.result;
  state.survey = { ...state.survey, result, waiting: false };
  if (!result || (before && survivalText(before) === survivalText(result))) return;
  turn.journal({
    kind: 'decision',
    severity: result.anyNode === false ? 'warning' : 'info',
    text: `The cluster ${survivalText(result)}.`,
  });
}
