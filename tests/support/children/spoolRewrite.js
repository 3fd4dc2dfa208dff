/**
 * Drains a spool until its file is rewritten, and is killed just before one of the file calls that this takes. Says
 * which call it was, or null where there was no such call any more.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { folder, ids, drain, dieAt } = JSON.parse(process.argv[2]);
let call = -1;
for (const name of ['openSync', 'readSync', 'writeSync', 'fsyncSync', 'renameSync', 'closeSync', 'rmSync']) {
  const real = fs[name];
  fs[name] = (...given) => {
    if (call >= 0 && call++ === dieAt) {
      call = -1;
      console.log(JSON.stringify(name));
      process.kill(process.pid, 'SIGKILL');
      // The signal may take a moment.
      for (;;);
    }
    return real(...given);
  };
}
syncBuiltinESMExports();
const { makeDraft } = await import('../../../dist/audit/writer/draft.js');
const { Spool } = await import('../../../dist/audit/writer/spool.js');

const spool = new Spool(folder, 'acme', 64 * 1024 * 1024);
const drafts = Array.from({ length: ids }, (_, n) =>
  makeDraft(
    {
      v: 1,
      id: `id-${n}`,
      tenant: 'acme',
      at: 1_900_000_000_000 + n,
      category: 'CONFIG',
      action: 'CONFIG_CHANGE',
      verb: 'UPDATE',
      outcome: 'success',
      actorType: 'system',
      entityType: 'setting',
      channel: 'system',
    },
    {},
    { description: `number ${n}` },
  ),
);
spool.append(drafts);
const { lines, bytes } = spool.read(drain);
call = 0;
spool.advance(lines, bytes);
call = -1;
console.log(JSON.stringify(null));
process.stdin.resume();
