import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Inspection } from '../../coordinator/store/inspect.ts';
import type { Restored } from '../../coordinator/store/restore.ts';
import type { StoreBackup } from '../../protocol/api.ts';
import { OperatingError } from '../../protocol/errors.ts';
import { clean } from '../clean-text.ts';
import { createClient } from '../client.ts';
import { clientOf } from '../connection.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-codes.ts';
import { defaultStateDir, socketIn } from '../locations.ts';
import { waitingFor } from '../progress.ts';
import { ageText, restoredText } from '../store-text.ts';
import { table } from '../table.ts';
import { print, printJson, width } from '../terminal.ts';
import { addAdopt } from './store-adopt.ts';

interface Options {
  readonly stateDir: string;
  readonly json?: boolean;
}

export function addStore(program: Command): void {
  const store = program
    .command('store')
    .summary('verify, back up and restore what the coordinator remembers')
    .description('Looks after the store in which the coordinator keeps what it has accepted and decided.');
  const withFolder = (command: Command) =>
    command.option('--state-dir <folder>', "the coordinator's state folder", defaultStateDir());
  withFolder(store.command('verify'))
    .summary('check all that is in it, and its backups')
    .description(
      'Checks every record, the whole journal and the backups against their checksums; nothing is written. While the coordinator runs, it is asked to copy its store and to check the copy. Ends with exit code 1 when the store is damaged.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel store verify', 'evenkeel store verify --state-dir /srv/evenkeel --json'))
    .action(verify);
  store
    .command('backup')
    .summary('make a backup now')
    .description('Has the running coordinator copy its store, check the copy and keep it as the newest backup.')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel store backup'))
    .action(async (options: { json?: boolean }, command: Command) => {
      const made = await waitingFor('copying the store', backupNow(command));
      if (options.json) printJson(made);
      else print(`${clean(made.file)} holds all up to commit ${made.commits}, and is whole.`);
    });
  addAdopt(store);
  withFolder(store.command('restore'))
    .summary('go back to a backup, because the store is damaged')
    .description(
      'Puts the newest whole backup in the place of a damaged store, and says what is lost by that. The damaged files stay beside it. The coordinator must not run meanwhile, or be read-only for that damage and be started again afterwards. A store that is whole is left alone.',
    )
    .option('--backup <file>', 'this backup instead of the newest whole one')
    .option('--force', 'go back although the store is whole')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('evenkeel store restore', 'evenkeel store restore --state-dir /srv/evenkeel --json'))
    .action(restoreNow);
}

/** `socket`: where the coordinator listens whose store it is, unless it is told to listen elsewhere. */
function backupNow(command: Command, socket?: string): Promise<StoreBackup> {
  const isThere = socket !== undefined && statSync(socket, { throwIfNoEntry: false })?.isSocket() === true;
  const client = isThere ? createClient({ socket }) : clientOf(command);
  return client.post<StoreBackup>('/store/backup');
}

async function verify(options: Options, command: Command): Promise<void> {
  const { checkUnlocked, inspect } = await import('../../coordinator/store/inspect.ts');
  const { backupFolder, backupsIn } = await import('../../coordinator/store/backups.ts');
  const { storeFile } = await import('../../coordinator/store/files.ts');
  const stateDir = resolve(options.stateDir);
  const file = storeFile(stateDir);
  let store: Inspection;
  try {
    checkUnlocked(file);
    store = inspect(file);
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'STORE_LOCKED') throw error;
    const made = await waitingFor('the coordinator checks its store', backupNow(command, socketIn(stateDir)));
    if (dirname(made.file) !== backupFolder(file))
      throw new OperatingError(
        'CONFLICT',
        `${file} is in use, and the coordinator that was asked has another store (its backup is ${made.file}): say --socket or --url of the right one`,
      );
    store = { ...inspect(made.file), file };
  }
  const backups = backupsIn(backupFolder(file)).map((backup) => ({ ...backup, ...inspect(backup.file) }));
  if (options.json) printJson({ store, backups });
  else {
    print(
      store.isWhole
        ? `${clean(file)} is whole: ${store.commits} commits, ${store.records} records, journal lines ${store.lines?.from} to ${store.lines?.to}, term ${store.term}.`
        : clean(store.damage),
    );
    const rows = backups.map(({ file: name, madeMs, commits, isWhole }) => [
      name,
      ageText(Date.now() - madeMs),
      commits,
      isWhole ? 'whole' : 'DAMAGED',
    ]);
    if (rows.length === 0) print('There is no backup yet.');
    else print(table([{ title: 'BACKUP' }, { title: 'AGE' }, { title: 'COMMIT' }, { title: '' }], rows, width()));
  }
  if (!store.isWhole) process.exitCode = EXIT.failed;
}

async function restoreNow(options: Options & { backup?: string; force?: boolean }): Promise<void> {
  const { restore } = await import('../../coordinator/store/restore.ts');
  const { storeFile } = await import('../../coordinator/store/files.ts');
  const restored: Restored = restore(storeFile(resolve(options.stateDir)), {
    ...(options.backup === undefined ? {} : { backup: options.backup }),
    force: options.force ?? false,
    wallMs: Date.now(),
  });
  if (options.json) printJson(restored);
  else print(restoredText(restored));
}
