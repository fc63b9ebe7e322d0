/** A fresh instance of the wasm, one for each problem: it allocates once. */
export function instantiate<Exports extends WebAssembly.Exports>(module: WebAssembly.Module): Exports {
  const abort = (_message: number, _file: number, line: number, column: number): never => {
    throw new Error(`The solver stopped at line ${line}, column ${column}: this is a bug in it.`);
  };
  return new WebAssembly.Instance(module, { env: { abort } }).exports as Exports;
}
