/**
 * How a ledger goes on after a backup was restored that is older than what was signed. The entries between the two are
 * lost; an operator says so, and from then on the ledger says so as well.
 *
 * In an order that can be finished after a kill at any point, by recovering again: the restored entries are verified;
 * LEDGER_RECOVERED is appended, which names what was signed last; the checkpoints of the lost history are set aside;
 * and only then does the signer go on from what is there. As long as the last step is not done, its memory differs from
 * the ledger, so nothing else is written.
 */

import { Catalogue } from '../../audit/catalogue/catalogue.js';
import { contentOf, makeEvent } from '../../audit/event.js';
import { LedgerRows, readHead } from '../../audit/ledgerRows.js';
import { type OpenLedger, openLedger } from '../../audit/openLedger.js';
import { createRedactor } from '../../audit/redaction/redactor.js';
import { verdictSentence } from '../../audit/verify/verdictWords.js';
import { verifyLedger } from '../../audit/verify/verifyLedger.js';
import { appendDrafts } from '../../audit/writer/commit.js';
import type { Database } from '../../config/database.js';
import { UserError } from '../../config/userError.js';
import { openCheckpoint } from '../../ledger/checkpoint.js';
import { originOf } from '../../ledger/names.js';
import { openStatement } from '../../ledger/statement.js';
import { loadSigningKey } from '../../signing/key.js';
import { readMemory, type SignerMemory } from '../../signing/memory.js';
import { readCheckpoints, readStatements, setCheckpointsAside } from '../../signing/notesFile.js';
import { LedgerMismatch, Signer } from '../../signing/signer.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import { openConnection } from '../../store/connection.js';
import type { Connection, Reads } from '../../store/sql.js';
import { Store } from '../../store/store.js';
import { PendingErasures } from '../erasure/pending.js';

export interface RecoveryParts {
  readonly database: Database;
  readonly dataDir: string;
  readonly instance: string;
  readonly tenant: string;
  readonly signingKey: string | undefined;
  readonly entryMaxBytes: number;
  readonly now: () => number;
  /** Told between every two steps; a test can end it there. */
  readonly onStep?: (step: RecoveryStep) => void;
}

export type RecoveryStep = 'verified' | 'appended' | 'set aside' | 'signed';

export interface Recovered {
  /** The number of the LEDGER_RECOVERED entry. */
  readonly case: number;
  readonly restoredSize: number;
  readonly signedSize: number;
  /**
   * Up to here something that was signed shows the restored entries to be those of before. Of the ones after it, up
   * to `restoredSize`, nothing does: they came after the last checkpoint that the restored ledger has.
   */
  readonly vouchedTo: number;
  /** How many checkpoints speak of what is lost. */
  readonly setAside: number;
  /** Erasures that were made after the backup, and are undone by it: whoever they were about is back. */
  readonly erasuresLost: number;
}

/** What LEDGER_RECOVERED says. */
interface Said {
  seq: number;
  signedSize: number;
  signedRoot: string;
  restoredSize: number;
}

/**
 * Has the ledger go on from what was restored. Refuses where nothing was lost, and where what is there is no
 * beginning of what was signed.
 *
 * @example const { case: number } = await recoverLedger({ ...config, now: Date.now }, 'disk failure on Sunday');
 */
export async function recoverLedger(parts: RecoveryParts, reason: string): Promise<Recovered> {
  if (reason.trim() === '') throw new UserError(NO_REASON);
  const { store } = await Store.open(parts.database);
  try {
    const connection = openConnection(parts.database);
    try {
      return await recover(parts, reason.trim(), store, connection);
    } finally {
      await connection.close();
    }
  } finally {
    await store.close();
  }
}

async function recover(
  parts: RecoveryParts,
  reason: string,
  store: Store,
  connection: Connection,
): Promise<Recovered> {
  const { dataDir, tenant, now, onStep = () => {} } = parts;
  const memory = readMemory(dataDir, tenant);
  if (memory === null) throw new UserError(NOTHING_TO_RECOVER);
  const ledger = await ledgerToRecover(store, parts, memory);
  const { origin, vkey, key } = ledger;
  const keys = [{ privateKey: key.privateKey, verifierKey: key.verifierKey(origin) }];
  const signer = new Signer({ dataDir, tenant, origin, keys }, new LedgerRows(connection, tenant));
  const mismatch = await signer.checkContinuity().then(
    () => null,
    (error: unknown) => error,
  );
  if (mismatch === null) throw new UserError(NOTHING_TO_RECOVER);
  if (!isRestoration(mismatch)) throw mismatch;

  const said = await recoveriesIn(store.read, tenant);
  const mine = said.find(
    ({ signedSize, signedRoot }) => signedSize === memory.size && signedRoot === memory.root.toString('hex'),
  );
  const head = (await readHead(store.read, tenant))!;
  const restoredSize = mine?.restoredSize ?? sizeRestored(head.size, memory.size, said);
  if (restoredSize === null) throw mismatch;
  const lost = await lostCheckpoints(store.read, { dataDir, tenant, origin, restoredSize });
  const verdict = await verifyLedger({
    reads: store.read,
    database: parts.database,
    tenant,
    dataDir,
    keys: readTrustedKeys(dataDir, origin),
    leftAside: lost,
    now: now(),
  });
  if (!verdict.isValid) throw notABeginning(verdictSentence(verdict), verdict.notes[0]);
  const beginning = await signer.vouchedBeginning(restoredSize, memory);
  if (beginning === null) throw notABeginning(OTHER_ENTRIES, undefined);
  const vouchedTo = Math.min(restoredSize, Math.max(beginning, verdict.covered));
  onStep('verified');

  const seq =
    mine?.seq ?? (await append(parts, { store, ledger, head: head.size, memory, restoredSize, reason }));
  onStep('appended');
  const setAside = setCheckpointsAside(dataDir, (note) => lost.has(note));
  onStep('set aside');
  await new PendingErasures(ledger, dataDir).reopen(store.read);
  await signer.goOnFrom(restoredSize, memory);
  onStep('signed');
  const trusted = readTrustedKeys(dataDir, origin);
  const erasuresLost = new Set(
    readStatements(dataDir).flatMap((note) => {
      const statement = openStatement(note, trusted);
      const isLost =
        statement?.kind === 'erased' && statement.origin === origin && statement.seq > restoredSize;
      return isLost && statement.seq <= memory.size ? [statement.seq] : [];
    }),
  ).size;
  return { case: seq, restoredSize, signedSize: memory.size, vouchedTo, setAside, erasuresLost };

  async function append(
    { entryMaxBytes }: RecoveryParts,
    what: {
      store: Store;
      ledger: OpenLedger;
      head: number;
      memory: SignerMemory;
      restoredSize: number;
      reason: string;
    },
  ): Promise<number> {
    const action = new Catalogue().get('LEDGER_RECOVERED');
    const payload = {
      signedSize: what.memory.size,
      signedRoot: what.memory.root.toString('hex'),
      restoredSize: what.restoredSize,
      reason: what.reason,
    };
    const settings = { tenant, redactor: createRedactor({}), entryMaxBytes, now };
    const draft = makeEvent(action, contentOf(action, payload, { channel: 'cli' }), settings);
    return what.store.transaction(async (tx) => {
      const current = await readHead(tx, tenant);
      if (current?.vkeys.at(-1) !== vkey)
        await tx.run(`UPDATE "Ledger" SET "vkeys" = "vkeys" || ? WHERE "tenant" = ?`, [`\n${vkey}`, tenant]);
      const [receipt] = await appendDrafts(tx, { tenant, vkey }, [draft], false);
      // Whoever wrote meanwhile has another idea of what this ledger is.
      if (receipt!.seq !== what.head + 1) throw new UserError(SOMEBODY_WRITES);
      return receipt!.seq;
    });
  }
}

/**
 * The ledger with the key that signs it. A backup from before the key was replaced names the old key: the new one,
 * which this data directory vouches for as it does for the old one, takes its place again.
 */
async function ledgerToRecover(
  store: Store,
  parts: RecoveryParts,
  memory: SignerMemory,
): Promise<OpenLedger> {
  const { dataDir, instance, tenant, signingKey } = parts;
  const origin = originOf(instance, tenant);
  const key = loadSigningKey(dataDir, signingKey);
  const head = await readHead(store.read, tenant);
  const vkey = key?.verifierKey(origin).text;
  const trusted = readTrustedKeys(dataDir, origin).map(({ text }) => text);
  const isRotatedSince =
    head !== null &&
    vkey !== undefined &&
    head.size < memory.size &&
    trusted.at(-1) === vkey &&
    !head.vkeys.includes(vkey) &&
    trusted.includes(head.vkeys.at(-1)!);
  if (isRotatedSince) return { origin, key: key!, tenant, vkey };
  return openLedger(store, parts, parts.now());
}

const isRestoration = (error: unknown): boolean =>
  error instanceof LedgerMismatch &&
  ['LEDGER_SHRUNK', 'LEDGER_FORKED', 'KEY_NOT_THE_LEDGERS'].includes(error.code);

/**
 * Up to where the ledger is what this host knows. Where it has grown beyond that again, another host has recovered it
 * before, and says from where.
 */
function sizeRestored(size: number, signedSize: number, said: readonly Said[]): number | null {
  const earlier = said
    .filter(({ restoredSize }) => restoredSize < signedSize)
    .map(({ restoredSize }) => restoredSize);
  if (earlier.length > 0) return Math.min(...earlier);
  return size < signedSize ? size : null;
}

/** Newest first. */
async function recoveriesIn(reads: Reads, tenant: string): Promise<Said[]> {
  const rows = await reads.all<{ seq: number; metadata: string | null }>(
    `SELECT "seq", "metadata" FROM "AuditLog" WHERE "tenant" = ? AND "action" = 'LEDGER_RECOVERED'
       ORDER BY "seq" DESC LIMIT 100`,
    [tenant],
  );
  return rows.flatMap(({ seq, metadata }) => {
    try {
      const { signedSize, signedRoot, restoredSize } = JSON.parse(metadata ?? '') as Said;
      const isWhole = Number.isSafeInteger(signedSize) && Number.isSafeInteger(restoredSize);
      return isWhole && restoredSize < seq ? [{ seq, signedSize, signedRoot, restoredSize }] : [];
    } catch {
      return [];
    }
  });
}

/** Those of the data directory that are larger than what was restored, and that the restored ledger does not have. */
async function lostCheckpoints(
  reads: Reads,
  {
    dataDir,
    tenant,
    origin,
    restoredSize,
  }: Record<'dataDir' | 'tenant' | 'origin', string> & { restoredSize: number },
): Promise<ReadonlySet<string>> {
  const keys = readTrustedKeys(dataDir, origin);
  const kept = await reads.all<{ note: string }>(`SELECT "note" FROM "LedgerCheckpoint" WHERE "tenant" = ?`, [
    tenant,
  ]);
  const ours = new Set(kept.map(({ note }) => note));
  return new Set(
    readCheckpoints(dataDir).filter((note) => {
      const checkpoint = openCheckpoint(note, keys);
      return checkpoint?.origin === origin && checkpoint.size > restoredSize && !ours.has(note);
    }),
  );
}

const NO_REASON = {
  code: 'NO_REASON',
  message:
    'A recovery needs a reason: it stands in the ledger for whoever asks what became of the lost entries.',
  example: 'reeve recover --reason "disk failure, restored the backup of Sunday"',
};

const NOTHING_TO_RECOVER = {
  code: 'NOTHING_TO_RECOVER',
  message: 'The ledger goes on from what was signed last: nothing is lost, and nothing was changed.',
  hint: 'Recovering is for a database that was restored from a backup older than what was signed.',
};

const SOMEBODY_WRITES = {
  code: 'SOMEBODY_WRITES',
  message: 'Another process wrote to the ledger while it was being recovered, so nothing was changed.',
  hint: 'Stop all other processes of this ledger, and recover it then.',
};

const OTHER_ENTRIES =
  'No checkpoint tells it, but what the signer remembers does: some of the restored entries are others than those that were signed.';

const notABeginning = (sentence: string, note: string | undefined) =>
  new UserError({
    code: 'RECOVERY_REFUSED',
    message: `What is in the database is no beginning of what was signed, so it is not gone on from. ${sentence}`,
    hint: `${note === undefined ? '' : `${note} `}Restore a backup that was made of the whole database, and of this one.`,
  });
