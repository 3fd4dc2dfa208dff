/**
 * A record that is killed while it drains its spool: it spools events, says how many, writes the first of them to
 * the ledger, and waits for its end before it could forget them.
 */
import { join } from 'node:path';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { Commits } from '../../../dist/audit/writer/commit.js';
import { makeDraft } from '../../../dist/audit/writer/draft.js';
import { Spool } from '../../../dist/audit/writer/spool.js';
import { systemClock } from '../../../dist/config/clock.js';
import { openConnection } from '../../../dist/store/connection.js';

const { database, dataDir, from, to, drained } = JSON.parse(process.argv[2]);
const settings = {
  database,
  dataDir,
  instance: 'test',
  tenant: 'acme',
  signingKey: undefined,
  batch: { max: 500, waitMs: 0 },
  blockMaxMs: 2000,
  spoolMaxBytes: 1024 * 1024,
  entryMaxBytes: 16 * 1024,
};
const record = await AuditRecord.open(settings, systemClock, pino({ level: 'silent' }));
const { tenant, vkey } = record.ledger;
const spool = new Spool(join(dataDir, 'spool'), tenant, 1024 * 1024);
for (let n = from; n <= to; n++) {
  const open = {
    v: 1,
    id: crypto.randomUUID(),
    tenant,
    at: Date.now(),
    category: 'CONFIG',
    action: 'CONFIG_CHANGE',
    verb: 'UPDATE',
    outcome: 'success',
    actorType: 'system',
    entityType: 'setting',
    channel: 'system',
  };
  spool.append([makeDraft(open, {}, { description: `number ${n}` })]);
}
const { drafts } = spool.read(drained);
const receipts = await new Commits(openConnection(database), { tenant, vkey }).commit(drafts);
console.log(JSON.stringify({ spooled: spool.status.count, written: receipts.length }));
process.stdin.resume();
