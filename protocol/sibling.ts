/**
 * URL of a file beside the caller's that runs in a thread or process of its own. The same call works from source
 * (`./guard.ts`) and from the bundle, where everything lies flat in one folder as `guard.js`.
 */
export function sibling(callerUrl: string, file: `./${string}.ts`): URL {
  if (callerUrl.endsWith('.ts')) return new URL(file, callerUrl);
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.ts$/, '.js');
  return new URL(`./${name}`, callerUrl);
}
