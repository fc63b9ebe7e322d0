import type { DecodedMetric, DecodedPayload } from './protoc.ts';
import type { Verdicts } from './verdicts.ts';

/* The metrics within one message, and against those that its session has declared. */

/** What is declared for an alias in this session, and its value as told last. */
export interface Declared {
  readonly device: string; // '' is the edge node itself
  readonly name: string;
  told: string;
}
export interface Told {
  readonly type: string;
  readonly device: string;
  readonly payload: DecodedPayload;
  readonly where: string; // for people
}

const REBIRTH = 'Node Control/Rebirth';

function valueText(metric: DecodedMetric): string | null {
  if (metric.is_null) return 'null';
  const value =
    metric.int_value ?? metric.long_value ?? metric.double_value ?? metric.boolean_value ?? metric.string_value;
  return value === undefined ? null : JSON.stringify(value);
}

export function judgeMetrics(verdicts: Verdicts, declared: Map<number, Declared>, told: Told): void {
  const { type, device, payload, where } = told;
  const check = verdicts.check.bind(verdicts);
  const times = payload.metrics.map(({ timestamp }) => timestamp ?? 0);
  const level = type.startsWith('N') ? 'nbirth' : 'dbirth';
  if (payload.metrics.length > 0)
    check(
      [`operational-behavior-data-publish-${level}-order`],
      times.every((time, index) => time >= (times[index - 1] ?? 0)),
      `${where}: not in the order of time`,
    );
  if (type.endsWith('BIRTH')) {
    for (const [alias, metric] of declared) if (metric.device === device) declared.delete(alias);
    if (type === 'DBIRTH')
      check(
        ['message-flow-device-birth-publish-dbirth-payload'],
        payload.metrics.length > 0,
        `${where}: nothing in it`,
      );
    for (const metric of payload.metrics) judgeDeclaration(metric);
  } else for (const metric of payload.metrics) judgeChange(metric);

  function judgeDeclaration(metric: DecodedMetric): void {
    const { name, alias, datatype, timestamp } = metric;
    const what = `${where}, ${name ?? alias}`;
    const value = valueText(metric);
    check(['payloads-name-requirement'], name !== undefined, `${what}: no name`);
    check(
      ['payloads-alias-birth-requirement'],
      name !== undefined && (name === REBIRTH || alias !== undefined),
      `${what}: no name, or no alias`,
    );
    check(['payloads-metric-datatype-req'], datatype !== undefined, `${what}: no type`);
    check(
      ['payloads-metric-datatype-value', 'payloads-metric-datatype-value-type'],
      datatype !== undefined && datatype >= 1 && datatype <= 34,
      `${what}: type ${datatype}`,
    );
    check(
      ['payloads-name-birth-data-requirement', 'payloads-metric-timestamp-in-UTC'],
      timestamp !== undefined && timestamp > 1e12,
      `${what}: no time`,
    );
    check(
      [`topics-${level}-metrics`, `operational-behavior-data-publish-${level}-values`],
      name !== undefined && datatype !== undefined && value !== null,
      `${what}: no value`,
    );
    judgeProperties(metric, what);
    if (alias === undefined) return;
    check(
      ['payloads-alias-uniqueness'],
      !declared.has(alias),
      `${what}: alias ${alias} is ${declared.get(alias)?.name}'s`,
    );
    declared.set(alias, { device, name: name ?? '', told: value ?? '' });
  }

  function judgeProperties({ properties }: DecodedMetric, what: string): void {
    if (!properties) return;
    const { keys = [], values = [] } = properties;
    check(
      ['payloads-propertyset-keys-array-size', 'payloads-propertyset-values-array-size'],
      keys.length === values.length,
      `${what}: ${keys.length} properties with ${values.length} values`,
    );
    for (const value of values)
      check(
        [
          'payloads-metric-propertyvalue-type-req',
          'payloads-metric-propertyvalue-type-type',
          'payloads-metric-propertyvalue-type-value',
        ],
        value.type === 12 && value.string_value !== undefined,
        `${what}: a property of type ${value.type}`,
      );
  }

  function judgeChange(metric: DecodedMetric): void {
    const { name, alias, datatype, timestamp } = metric;
    const known = alias === undefined ? undefined : declared.get(alias);
    const what = `${where}, ${known?.name ?? alias}`;
    check(['payloads-alias-data-cmd-requirement'], name === undefined && alias !== undefined, `${what}: a name`);
    check(['payloads-metric-datatype-not-req'], datatype === undefined, `${what}: a type`);
    check(['payloads-name-birth-data-requirement'], timestamp !== undefined && timestamp > 1e12, `${what}: no time`);
    check(
      [`topics-${level}-metric-reqs`, `operational-behavior-data-publish-${level}`],
      known?.device === device,
      `${what}: not declared in a birth`,
    );
    const value = valueText(metric);
    check(
      [`operational-behavior-data-publish-${level}-change`, `topics-${type.toLowerCase()}-payload`],
      value !== null && value !== known?.told,
      `${what}: ${value} was told already`,
    );
    if (known) known.told = value ?? '';
  }
}
