import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { NodeView } from '../protocol/view.ts';
import { badgesOf, conditionOf } from './condition.ts';
import { Icon } from './icon.tsx';
import { LoadBar } from './load-bar.tsx';
import { amountOf, bytes, reading, resourcesOf, short } from './quantity.ts';
import { span } from './times.ts';

const TAKEOVER = {
  bmc: 'by itself, once its BMC confirms power off',
  lease: 'by itself, once its lease has run out',
  manual: 'only by hand: a person confirms that it is dead',
} as const;

/** Everything known of one node. A modal dialog: the browser keeps the focus in it and gives it back. */
export function NodeDialog(props: { readonly node: NodeView | null; readonly onClose: () => void }) {
  const { node, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (node !== null && !dialog.current?.open) dialog.current?.showModal();
    if (node === null && dialog.current?.open) dialog.current.close();
  }, [node === null]);
  return (
    <dialog ref={dialog} class="details" aria-labelledby="details-title" data-testid="details" onClose={onClose}>
      {node !== null && <Details node={node} onClose={onClose} />}
    </dialog>
  );
}

function Details(props: { readonly node: NodeView; readonly onClose: () => void }) {
  const { node } = props;
  const condition = conditionOf(node);
  return (
    <>
      <header class="details-head">
        <h2 id="details-title">{node.node}</h2>
        <span class="condition" data-tone={condition.tone}>
          <Icon name={condition.icon} /> {condition.word}
        </span>
        <button type="button" class="close" onClick={props.onClose}>
          <Icon name="cross" /> Close
        </button>
      </header>
      {[node.fenceHeld?.text, node.quarantine && `Quarantined: ${node.quarantine.text}`].map(
        (brake) =>
          brake && (
            <p key={brake} class="why">
              {brake}
            </p>
          ),
      )}
      {node.healthReasons.map((reason) => (
        <p key={reason} class="why">
          {reason}
        </p>
      ))}
      <Facts
        facts={[
          ['Failure domain', node.domain],
          ['Taken over', TAKEOVER[node.takeover]],
          [
            'State',
            badgesOf(node)
              .map((badge) => badge.text)
              .join(', '),
          ],
          [
            'Labels',
            Object.entries(node.labels)
              .map(([label, value]) => `${label}=${value}`)
              .join(', '),
          ],
        ]}
      />
      <h3>Load</h3>
      {resourcesOf(node.capacity).map((resource) => (
        <LoadBar
          key={resource}
          resource={resource}
          capacity={node.capacity[resource]!}
          demand={node.demand[resource] ?? 0}
          used={node.used?.[resource] ?? null}
          amounts
        />
      ))}
      <Instances node={node} />
      <Components node={node} />
      <Readings node={node} />
      <Server node={node} />
    </>
  );
}

function Instances(props: { readonly node: NodeView }) {
  const { instances } = props.node;
  return (
    <>
      <h3>Instances</h3>
      {instances.length === 0 ? (
        <p class="quiet">None.</p>
      ) : (
        <Table head={['Instance', 'State', 'Process', 'Ports', 'CPU', 'Memory']}>
          {instances.map((instance) => (
            <tr key={`${instance.instance} ${instance.generation}`}>
              <th scope="row">
                {instance.instance} <span class="quiet">#{instance.generation}</span>
              </th>
              <td>
                {instance.role}, {instance.state}
                {instance.restarts > 0 && `, ${instance.restarts} restarts`}
                {instance.detail !== '' && <span class="quiet"> {instance.detail}</span>}
              </td>
              <td>{instance.pid ?? '–'}</td>
              <td>
                {Object.entries(instance.ports)
                  .map(([port, number]) => `${port} ${number}`)
                  .join(', ') || '–'}
              </td>
              <td>{instance.cpuMillicores === null ? '–' : amountOf('cpu', instance.cpuMillicores)}</td>
              <td>{instance.memoryBytes === null ? '–' : bytes(instance.memoryBytes)}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

/** What is not well, or not known any more, and why. */
function Components(props: { readonly node: NodeView }) {
  const { components } = props.node;
  if (components.length === 0) return null;
  return (
    <>
      <h3>Hardware</h3>
      <Table head={['Component', 'Health', 'For', 'Left', 'Why']}>
        {components.flatMap(({ component, causes }) =>
          causes.map((cause) => (
            <tr
              key={`${component} ${cause.because} ${cause.sensor}`}
              data-level={cause.health === 'failing' ? 'critical' : cause.health === 'ok' ? 'ok' : 'warning'}
            >
              <th scope="row">{component}</th>
              <td>{cause.health}</td>
              <td>{span(cause.forMs)}</td>
              <td>{cause.leftMs === null ? '–' : span(cause.leftMs)}</td>
              <td>{cause.text}</td>
            </tr>
          )),
        )}
      </Table>
    </>
  );
}

function Readings(props: { readonly node: NodeView }) {
  const { readings, denied } = props.node;
  return (
    <>
      <h3>Readings</h3>
      {readings.length === 0 ? (
        <p class="quiet">None yet.</p>
      ) : (
        <Table head={['Sensor', 'Value', 'Level']}>
          {readings.map((each) => (
            <tr key={each.sensor} data-level={denied.includes(each.sensor) ? 'ok' : (each.level ?? 'ok')}>
              <th scope="row">{each.sensor}</th>
              <td>{reading(each.value, each.unit)}</td>
              <td>
                {each.level !== undefined && each.level !== 'ok' && !denied.includes(each.sensor) && (
                  <Icon name="alert" />
                )}
                {denied.includes(each.sensor) ? 'denied' : (each.level ?? '–')}
                {each.limit !== undefined && <span class="quiet"> limit {short(each.limit)}</span>}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Server(props: { readonly node: NodeView }) {
  const { server, inventory } = props.node;
  return (
    <>
      <h3>Server</h3>
      <Facts
        facts={[
          ['Model', server === null ? '' : `${server.vendor} ${server.model}`.trim()],
          ['Serial number', server?.serial ?? ''],
          ['System', inventory === null ? '' : `${inventory.os}, kernel ${inventory.kernel}`],
          ['CPU', inventory === null ? '' : `${inventory.cpuModel}, ${inventory.cpuCores} cores`],
          ['Memory', inventory === null ? '' : bytes(inventory.memoryBytes)],
          ['Disks', inventory?.disks.map((disk) => `${disk.name} ${disk.type} ${bytes(disk.bytes)}`).join(', ') ?? ''],
          ['Networks', inventory?.networks.map((network) => `${network.name} ${network.address}`).join(', ') ?? ''],
        ]}
      />
    </>
  );
}

function Facts(props: { readonly facts: readonly (readonly [string, string])[] }) {
  return (
    <dl class="fact-list">
      {props.facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Table(props: { readonly head: readonly string[]; readonly children: ComponentChildren }) {
  return (
    <table>
      <thead>
        <tr>
          {props.head.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
    </table>
  );
}
