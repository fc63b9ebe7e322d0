import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instance, isActive, live } from './instance.mjs';

/*
 * A queue worker: takes files from SPOOL_DIR/new by renaming them, which only one of many workers can do, and leaves the
 * result in SPOOL_DIR/done. What it had taken when it died is put back by whoever works for the same slot next.
 */
const spool = process.env.SPOOL_DIR ?? '/tmp/evenkeel-spool';
const taken = join(spool, `taken-${instance.replace('/', '_')}`);
for (const folder of [join(spool, 'new'), join(spool, 'done'), taken]) mkdirSync(folder, { recursive: true });
let recovered = false;

/** @param {string} from @param {string} to */
function move(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false; // another worker was quicker
  }
}

function takeOne() {
  for (const name of readdirSync(join(spool, 'new'))) {
    if (!move(join(spool, 'new', name), join(taken, name))) continue;
    const digest = createHash('sha256')
      .update(readFileSync(join(taken, name)))
      .digest('hex');
    writeFileSync(join(spool, 'done', name), `${instance} ${digest}\n`);
    rmSync(join(taken, name));
    return;
  }
}

live();
setInterval(() => {
  if (!isActive()) return;
  if (!recovered) for (const name of readdirSync(taken)) move(join(taken, name), join(spool, 'new', name));
  recovered = true;
  takeOne();
}, 100);
