/** A file that is not what the challenge describes: names the file, the line and the field. */
export class RoadefFileError extends Error {
  readonly line: number; // from 1
  readonly field: string;

  constructor(file: string, line: number, field: string, problem: string) {
    super(`${file}: line ${line}: ${field} ${problem}`);
    this.name = 'RoadefFileError';
    this.line = line;
    this.field = field;
  }
}
