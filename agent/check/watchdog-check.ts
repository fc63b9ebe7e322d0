import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../hw/text-file.ts';
import { absent, type Check, found } from './finding.ts';

/** Only looked at: opening a watchdog starts it. */
export const watchdogCheck: Check = {
  part: 'hardware watchdog',
  cure: '',
  look: async ({ sysroot, watchdog }) => {
    const folder = join(sysroot, 'sys/class/watchdog');
    const names = listed(folder);
    if (names.length === 0)
      return [absent('hardware watchdog', 'none', "load the driver of this board's (iTCO_wdt, ipmi_watchdog, ...)")];
    return names.map((name) => {
      const about = (file: string) => readText(join(folder, name, file))?.trim() ?? 'unknown';
      const text = `/dev/${name}: ${about('identity')}, resets after ${about('timeout')} s`;
      return watchdog
        ? found('hardware watchdog', text)
        : absent('hardware watchdog', `${text}; not configured`, `watchdog: { device: /dev/${name} }`);
    });
  },
};

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
