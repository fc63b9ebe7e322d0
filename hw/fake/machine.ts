import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Ran, RunProgram } from '../run-program.ts';
import type { Machine } from '../sensor.ts';

/** A device that is none: puts what the kernel or a program would show of it into a fake machine, and takes it out again. */
export interface FakeDevice {
  readonly plug: (machine: FakeMachine) => void | Promise<void>;
  readonly unplug: (machine: FakeMachine) => void | Promise<void>;
}

/** A machine made of a folder of files, and of programs that are functions. */
export class FakeMachine implements Machine {
  readonly sysroot = mkdtempSync(join(tmpdir(), 'ek-machine-'));
  /** Every file written and not removed: path → content. */
  readonly files = new Map<string, string>();
  readonly programs = new Map<string, (args: readonly string[]) => Ran | Promise<Ran>>();
  /** What becomes of everything that a program or a daemon says, on its way here. */
  mangle: (text: string) => string = (text) => text;
  nut = { host: '127.0.0.1', port: 0 }; // nobody listens on port 0

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.sysroot, path)), { recursive: true });
    writeFileSync(join(this.sysroot, path), text);
    this.files.set(path, text);
  }
  writeAll(files: Readonly<Record<string, string | number>>): void {
    for (const [path, text] of Object.entries(files)) this.write(path, `${text}\n`);
  }
  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.sysroot, path)), { recursive: true });
    mkdirSync(join(this.sysroot, target), { recursive: true });
    symlinkSync(join(this.sysroot, target), join(this.sysroot, path));
  }
  /** A file, or a folder with all that is in it. */
  remove(path: string): void {
    rmSync(join(this.sysroot, path), { recursive: true, force: true });
    for (const file of [...this.files.keys()])
      if (file === path || file.startsWith(`${path}/`)) this.files.delete(file);
  }
  readonly run: RunProgram = async (program, args) => {
    const ran = await this.programs.get(program)?.(args);
    return ran === undefined ? null : { ...ran, output: this.mangle(ran.output) };
  };
  destroy(): void {
    rmSync(this.sysroot, { recursive: true, force: true });
  }
}

/** A device that is nothing but files. */
export function deviceOfFiles(
  files: Readonly<Record<string, string | number>>,
  folders: readonly string[] = [],
): FakeDevice {
  return {
    plug: (machine) => machine.writeAll(files),
    unplug: (machine) => {
      for (const path of [...folders, ...Object.keys(files)]) machine.remove(path);
    },
  };
}
