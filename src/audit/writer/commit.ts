import { UserError } from '../../config/userError.js';
import { failureKind } from '../../store/failure.js';
import { type Connection, marks, type Writes } from '../../store/sql.js';
import { AUDIT_TABLE } from '../table.js';
import { type Draft, placeDraft } from './draft.js';

/** One event can never be written: its id is another tenant's. The others of its batch can. */
export const ID_TAKEN = 'ID_TAKEN';

/** Where an event went: its place in the ledger, which is also its case number. */
export interface Receipt {
  seq: number;
  id: string;
}

export interface LedgerIdentity {
  tenant: string;
  /** The verifier key this process signs with. It must be the ledger's newest. */
  vkey: string;
}

/**
 * Commits batches to one ledger. Either all of a batch is durable when `commit` returns, or nothing of it is there.
 * A draft whose id is in the ledger already is not written again; it gets the receipt it got then.
 */
export class Commits {
  readonly #connection: Connection;
  readonly #ledger: LedgerIdentity;
  /** The ledger's size as this process left it; null where it has to be asked for. */
  #size: number | null = null;

  constructor(connection: Connection, ledger: LedgerIdentity) {
    this.#connection = connection;
    this.#ledger = ledger;
  }

  /** A receipt for each draft, in order. */
  async commit(drafts: readonly Draft[]): Promise<Receipt[]> {
    const careful = drafts.some((draft) => draft.mayRepeat);
    try {
      if (careful) return await this.#inTransaction(drafts, true);
      return (await this.#atOnce(drafts)) ?? (await this.#inTransaction(drafts, false));
    } catch (error) {
      if (careful || failureKind(error) !== 'duplicate') throw error;
      return this.#inTransaction(drafts, true);
    }
  }

  async #inTransaction(drafts: readonly Draft[], careful: boolean): Promise<Receipt[]> {
    this.#size = null;
    const receipts = await this.#connection.transaction((tx) =>
      appendDrafts(tx, this.#ledger, drafts, careful),
    );
    if (!careful) this.#size = receipts.at(-1)?.seq ?? null;
    return receipts;
  }

  /**
   * The same in a single statement, for a database at the other end of a network: it moves the head on only if
   * nobody else has done so since our last commit, and inserts only if it moved. Null where it did not.
   */
  async #atOnce(drafts: readonly Draft[]): Promise<Receipt[] | null> {
    const size = this.#size;
    if (this.#connection.insertIf === undefined || size === null) return null;
    this.#size = null;
    const rows = drafts.map((draft, index) => placeDraft(draft, size + index + 1));
    const { tenant, vkey } = this.#ledger;
    const inserted = await this.#connection.insertIf(
      `UPDATE "Ledger" SET "size" = "size" + ?
         WHERE "tenant" = ? AND "size" = ? AND ("vkeys" = ? OR right("vkeys", ?) = ?) RETURNING 1`,
      [drafts.length, tenant, size, vkey, vkey.length + 1, `\n${vkey}`],
      AUDIT_TABLE,
      rows,
    );
    if (inserted === 0) return null;
    this.#size = size + drafts.length;
    return drafts.map((draft, index) => ({ seq: size + index + 1, id: draft.id }));
  }
}

/**
 * Appends inside a transaction that is already open. Its first statement locks the head of the ledger, which is
 * what keeps the numbers of several processes in one gap-free line.
 */
export async function appendDrafts(
  tx: Writes,
  ledger: LedgerIdentity,
  drafts: readonly Draft[],
  careful: boolean,
): Promise<Receipt[]> {
  const head = await lockHead(tx, ledger, careful ? 0 : drafts.length);
  if (!careful) {
    const first = head.size - drafts.length + 1;
    const rows = drafts.map((draft, index) => placeDraft(draft, first + index));
    await tx.insertMany(AUDIT_TABLE, rows);
    return drafts.map((draft, index) => ({ seq: first + index, id: draft.id }));
  }
  const receipts = await existing(tx, ledger.tenant, drafts);
  let seq = head.size;
  const rows = [];
  for (const draft of drafts) {
    if (receipts.has(draft.id)) continue;
    seq += 1;
    receipts.set(draft.id, seq);
    rows.push(placeDraft({ ...draft, row: [...draft.row] }, seq));
  }
  if (rows.length > 0) {
    await lockHead(tx, ledger, rows.length);
    await tx.insertMany(AUDIT_TABLE, rows);
  }
  return drafts.map((draft) => ({ seq: receipts.get(draft.id)!, id: draft.id }));
}

/** Locks the ledger's head for this transaction and moves it on by `count`. Returns the size after that. */
async function lockHead(tx: Writes, ledger: LedgerIdentity, count: number): Promise<{ size: number }> {
  const head = await tx.get<{ size: number; vkeys: string }>(
    `UPDATE "Ledger" SET "size" = "size" + ? WHERE "tenant" = ? RETURNING "size", "vkeys"`,
    [count, ledger.tenant],
  );
  if (head === undefined) {
    throw new UserError({
      code: 'LEDGER_ABSENT',
      message: `There is no ledger of the tenant ${ledger.tenant} in this database any more.`,
      hint: 'Restore the database from its backup.',
    });
  }
  if (head.vkeys.split('\n').at(-1) !== ledger.vkey) {
    throw new UserError({
      code: 'KEY_NOT_THE_LEDGERS',
      message: `The signing key of this process is not the newest key of the ledger of ${ledger.tenant}: it may not write.`,
      hint: 'After a rotation give every process the new key (REEVE_SIGNING_KEY, or signing-key.pem in the data directory) and start it again.',
    });
  }
  return head;
}

/** The numbers of drafts that are in the ledger already, by id. */
async function existing(tx: Writes, tenant: string, drafts: readonly Draft[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let start = 0; start < drafts.length; start += 500) {
    const ids = drafts.slice(start, start + 500).map((draft) => draft.id);
    const rows = await tx.all<{ id: string; seq: number; tenant: string }>(
      `SELECT "id", "seq", "tenant" FROM "AuditLog" WHERE "id" IN (${marks(ids.length)})`,
      ids,
    );
    for (const row of rows) {
      if (row.tenant !== tenant) {
        throw new UserError({
          code: ID_TAKEN,
          message: `The id ${row.id} belongs to an entry of another tenant.`,
          hint: 'Leave the id out, or give a fresh random UUID.',
        });
      }
      found.set(row.id, row.seq);
    }
  }
  return found;
}
