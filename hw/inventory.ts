import type { Inventory, ServerIdentity } from '../protocol/messages.ts';
import { isSerialNumber } from './serial-number.ts';
import { readText } from './text-file.ts';

type Systeminformation = typeof import('systeminformation');

/**
 * What this machine is, once at start. Only calls without arguments are made, and one that fails or takes too long costs
 * its own fields and nothing else. The library is loaded here alone: it spawns processes and is slow.
 */
export async function readInventory(): Promise<{ inventory: Inventory; server: ServerIdentity }> {
  const loaded = (await import('systeminformation')) as Systeminformation & { default?: Systeminformation };
  const si = loaded.default ?? loaded;
  const [system, os, cpu, memory, disks, networks] = await Promise.all([
    tolerate(() => si.system()),
    tolerate(() => si.osInfo()),
    tolerate(() => si.cpu()),
    tolerate(() => si.mem()),
    tolerate(() => si.diskLayout()),
    tolerate(() => si.networkInterfaces()),
  ]);
  const blocks = disks && disks.length > 0 ? null : await tolerate(() => si.blockDevices());
  const layout = blocks
    ? blocks.filter((device) => device.type === 'disk')
    : (disks ?? []).map((disk) => ({ name: disk.device || disk.name, type: disk.type, size: disk.size }));
  const interfaces = Array.isArray(networks) ? networks : networks ? [networks] : [];
  return {
    inventory: {
      os: text([os?.distro, os?.release].filter(Boolean).join(' '), 200),
      kernel: text(os?.kernel, 200),
      cpuModel: text([cpu?.manufacturer, cpu?.brand].filter(Boolean).join(' '), 200),
      cpuCores: Math.max(1, count(cpu?.cores)),
      memoryBytes: count(memory?.total),
      disks: layout
        .filter((disk) => !/^(\/dev\/)?(loop|ram|zram)/.test(disk.name))
        .slice(0, 256)
        .map((disk) => ({ name: text(disk.name, 64), type: text(disk.type, 32), bytes: count(disk.size) })),
      networks: interfaces
        .filter((one) => !one.internal && (one.ip4 || one.ip6))
        .slice(0, 256)
        .map((one) => ({ name: text(one.iface, 64), address: text(one.ip4 || one.ip6, 64) })),
    },
    server: {
      serial: text(realSerial(system?.serial) ?? machineId() ?? 'unknown', 128),
      vendor: text(system?.manufacturer, 128),
      model: text(system?.model, 128),
    },
  };
}

function realSerial(serial: string | undefined): string | null {
  const trimmed = serial?.trim() ?? '';
  return isSerialNumber(trimmed) ? trimmed : null;
}
function machineId(): string | null {
  return readText('/etc/machine-id')?.trim() || null;
}

const CALL_LIMIT_MS = 8000;

async function tolerate<T>(call: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, CALL_LIMIT_MS, null);
  });
  try {
    return await Promise.race([call(), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function text(value: unknown, maxChars: number): string {
  return typeof value === 'string' ? value.trim().slice(0, maxChars) : '';
}
function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}
