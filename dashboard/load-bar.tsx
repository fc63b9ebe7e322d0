import { amountOf, percent, resourceName } from './quantity.ts';

interface Props {
  readonly resource: string;
  readonly capacity: number;
  readonly demand: number;
  /** Measured, of the whole machine: 0 to 1. */
  readonly used: number | null;
  /** Amounts beside the share, where there is room. */
  readonly amounts?: boolean;
}

/** The bar is what placed instances demand; the thin mark is what was measured. */
export function LoadBar(props: Props) {
  const { resource, capacity, demand, used } = props;
  const load = demand / capacity;
  const measured = used === null ? '' : `, ${percent(used)} of the machine used`;
  const label = `${resourceName(resource)}: ${amountOf(resource, demand)} of ${amountOf(resource, capacity)} demanded${measured}`;
  return (
    <div class="load" role="img" aria-label={label} title={label} data-resource={resource}>
      <span class="load-name">{resourceName(resource)}</span>
      <span class="bar" data-level={load > 1 ? 'over' : load > 0.9 ? 'full' : 'fine'}>
        <i class="fill" style={{ width: `${Math.min(1, load) * 100}%` }} />
        {used !== null && <i class="used" style={{ left: `${Math.min(1, used) * 100}%` }} />}
      </span>
      <span class="load-share">
        {props.amounts ? `${amountOf(resource, demand)} of ${amountOf(resource, capacity)}` : percent(load)}
      </span>
    </div>
  );
}
