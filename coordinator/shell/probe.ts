import { parsePayload } from '../../protocol/parse.ts';
import { Presence } from '../../protocol/presence.ts';

/** What coordinators of earlier versions say: that there is one, and nothing else. */
const EARLIER: Presence = { v: 1, phase: 'leading', run: 'of an earlier version', stores: [], term: 0 };

/** What came on the probe's topic; null where no coordinator says so. */
export function presenceIn(payload: Uint8Array): Presence | null {
  if (payload.length === 1 && payload[0] === 0x31) return EARLIER;
  const parsed = parsePayload(Presence, payload);
  return parsed.ok ? parsed.value : null;
}
