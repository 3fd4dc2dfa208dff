import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import { openCheckpoint } from '../../ledger/checkpoint.js';
import { joined, type Ranges } from '../../ledger/ranges.js';
import { replaceDurably } from '../../signing/durableFile.js';
import type { Reads } from '../../store/sql.js';
import { countOfParts, type Parts } from './announcements.js';
import { type Certificate, makeCertificate } from './certificate.js';
import { neverReached } from './notReached.js';
import type { Pending } from './pending.js';
import { entriesFrom } from './scan.js';

export interface Erased extends Certificate {
  /** Where text and data lie. */
  readonly files: readonly [string, string];
}

/** Signs the certificate of an erasure that is done, and keeps it in the data directory. */
export async function certify(
  {
    record,
    dataDir,
    clock,
  }: { readonly record: AuditRecord; readonly dataDir: string; readonly clock: Clock },
  { state, startedAt, id }: Pending,
): Promise<Erased> {
  const { origin, key, tenant } = record.ledger;
  const { note } = await record.sign();
  const checkpoint = openCheckpoint(note, [key.verifierKey(origin)])!;
  const entries = await announcedBy(record.store.read, tenant, state.cases);
  const hasBrowser = existsSync(join(dataDir, 'whatsapp'));
  const certificate = makeCertificate(
    {
      origin,
      cases: state.cases,
      startedAt,
      finishedAt: clock.now(),
      orderedBy: { channel: state.orderedBy.channel, role: state.orderedBy.role },
      entries: { count: countOfParts(entries), ...entries },
      reached: Object.entries(state.reached)
        .filter(([, count]) => count > 0)
        .map(([what, count]) => ({ what, count })),
      notReached: [...state.left, ...neverReached(record.store.dialect, hasBrowser)],
      checkpoint: { size: checkpoint.size, root: checkpoint.root.toString('hex') },
    },
    key,
  );
  const name = join(dataDir, 'certificates', `${tenant}-${state.cases[0] ?? id}`);
  const files = [`${name}.txt`, `${name}.json`] as const;
  replaceDurably(files[0], certificate.text);
  replaceDurably(files[1], certificate.json);
  return { ...certificate, files };
}

/** What the entries say that announced an erasure. */
export async function announcedBy(
  reads: Reads,
  tenant: string,
  cases: readonly number[],
): Promise<{ actor: Ranges; rest: Ranges }> {
  const actor: Ranges = [];
  const rest: Ranges = [];
  for (const seq of cases)
    for await (const { rest: said } of entriesFrom(reads, tenant, seq, seq)) {
      const metadata = JSON.parse(said?.metadata ?? '{"actor":[],"rest":[]}') as Parts;
      actor.push(...metadata.actor);
      rest.push(...metadata.rest);
    }
  return { actor: joined(actor), rest: joined(rest) };
}
