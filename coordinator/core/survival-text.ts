import { showQuantity } from '../../protocol/quantity.ts';
import type { Survey, SurveyLoss } from './events.ts';
import { named } from './waiting.ts';

/** Which loss the cluster survives, or which it would not and by how much; goes behind `the cluster …`. */
export function survivalText({ anyNode, anyDomain, node, domain, taking }: Survey): string {
  if (anyNode === null)
    return `runs nothing that a loss could stop${taking === 0 ? ', and no node takes anything new' : ''}`;
  if (node !== null) return `would not survive the loss of ${node.what} ${lossText(node, 'node')}`;
  if (domain !== null)
    return `survives the loss of any one node, but not of failure domain ${domain.what} ${lossText(domain, 'failure domain')}`;
  const both = anyDomain === true ? ' and of any one failure domain' : '';
  return anyNode ? `survives the loss of any one node${both}` : 'would not survive the loss of a node';
}

/** `(web/0 would have to wait: 4Gi of memory short), nor of 2 other nodes` */
function lossText({ waiting, short, ruledOut, isPartial, others }: SurveyLoss, kind: string): string {
  const parts = short.map(({ resource, amount }) => `${showQuantity(resource, amount)} of ${resource}`);
  const whom = ruledOut < waiting.length ? `${ruledOut} of them` : ruledOut === 1 ? 'it' : 'them';
  const lacks = [
    parts.length > 0 ? `${isPartial ? 'at least ' : ''}${parts.join(' and ')} short` : '',
    ruledOut > 0 ? `no other node may have ${whom}` : '',
  ].filter((part) => part !== '');
  const rest = others === 0 ? '' : `, nor of ${others} other ${kind}${others === 1 ? '' : 's'}`;
  return `(${named(waiting)} would have to wait${lacks.length > 0 ? `: ${lacks.join('; ')}` : ''})${rest}`;
}
