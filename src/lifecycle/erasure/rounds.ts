import type { Channel, EventContext } from '../../audit/catalogue/action.js';
import { readHead } from '../../audit/ledgerRows.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import type { Entry } from '../../ledger/entry.js';
import { parseNote } from '../../ledger/note.js';
import { type ErasedStatement, parseStatement } from '../../ledger/statement.js';
import { PrismaWrites } from '../../store/prismaWrites.js';
import type { Writes } from '../../store/sql.js';
import type { HoldTest } from '../hold/legalHold.js';
import type { LegalHolds } from '../hold/legalHolds.js';
import type { Lease } from '../lease.js';
import { vouchErased } from '../statements.js';
import { announcements, type Parts } from './announcements.js';
import { announcedBy } from './certify.js';
import { eraseMirror } from './copies.js';
import { emptyParts, entriesOf, pieces } from './emptying.js';
import type { Holder, Whom } from './holder.js';
import type { Mentions } from './mentions.js';
import { residueLeft } from './notReached.js';
import { onlookersGone } from './onlookers.js';
import type { ErasureState, Pending, PendingErasures } from './pending.js';
import { HOLDS_CHANGE } from './refusals.js';
import { entriesFrom } from './scan.js';
import { demandFree, type Found, type MessageKey, type SearchPlace, search } from './search.js';
import { settle } from './settling.js';
import { addLeft, addReached } from './tally.js';

/** An entry's ceiling is for all of it; so much of it is not the ranges. */
const REST_OF_ENTRY = 512;

/** Whoever goes on writing while they are erased is somebody new in the end. */
const MOST_ROUNDS = 8;

/** How often a plan is made anew because a hold was laid meanwhile. */
const MOST_TRIES = 5;

export interface RoundsParts {
  readonly record: AuditRecord;
  readonly holds: LegalHolds;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly entryMaxBytes: number;
  readonly lease: Lease;
  /** Whom it is about, what is done so far, and where that is noted down. */
  readonly pending: Pending;
  readonly mentions: Mentions;
  readonly whom: Whom;
  readonly table: PendingErasures;
  readonly place: SearchPlace;
  readonly holders: readonly Holder[];
  readonly forgetMessages: (keys: readonly MessageKey[]) => Promise<number>;
  readonly step: (name: string) => Promise<void>;
}

/**
 * The rounds of one erasure that has begun. In each of them what speaks of somebody is looked for, announced, vouched
 * for and emptied, and then every room and every copy is gone through; until a round finds nothing more, since events
 * about them may have come meanwhile. Each step can be repeated.
 */
export class Rounds {
  readonly #parts: RoundsParts;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  /** `found` is what was found just now, where somebody has looked already. */
  async run(found: Found | null): Promise<void> {
    const { record, clock, holds, mentions, whom, holders, place, step } = this.#parts;
    const { archived } = place;
    const { state } = this.#parts.pending;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await settle(record);
      // What an earlier process has announced.
      await this.#emptyAnnounced();
      const leftovers = await this.#announce(round === 0 ? found : null);
      const isNews = leftovers !== null;
      await this.#emptyAnnounced();
      if (leftovers !== null) await this.#emptyParts(leftovers);
      let count = 0;
      for (const holder of holders) {
        const reached = await holder.erase(whom);
        count += reached.count;
        addReached(state, holder.name, reached.count, reached.left);
        await step(`erased: ${holder.name}`);
      }
      if (record.mirror !== null && (round === 0 || isNews))
        addReached(state, 'the NDJSON mirror', await eraseMirror(record.mirror, mentions, clock.now()));
      await step('mirror');
      if (archived !== null && (round === 0 || isNews)) {
        const { count: emptied, left } = await archived.erase(mentions, clock.now(), async (entries) =>
          demandFree(await holds.tests(), entries),
        );
        addReached(state, 'archived entries', emptied, left);
      }
      await step('archive');
      await this.#keep();
      if (!isNews && count === 0 && round > 0) break;
    }
    await record.purgeIndex();
    if (record.store.dialect === 'postgresql') {
      // What it deletes is written over only where nobody looked at it any more, so it is done once more.
      if (!(await onlookersGone(record.store))) addLeft(state, residueLeft(['tables']));
      await record.purgeIndex();
    }
    addReached(state, 'the search index', 1);
    await step('index');
  }

  /**
   * Looks for what speaks of them, and appends the entries that say which parts are to be emptied. Null where nothing
   * was found. Returns what speaks of them below the anchor, where no entry stands for it any more.
   */
  async #announce(before: Found | null): Promise<Parts | null> {
    const { record, holds, entryMaxBytes, lease, pending, mentions, place, table, step } = this.#parts;
    const { state } = pending;
    const announced = await announcedBy(record.store.read, this.#tenant, state.cases);
    for (let tries = 1; ; tries += 1) {
      const found =
        tries === 1 && before !== null ? before : await search(place, mentions, await holds.tests());
      const { findings: all, leftovers, size, keys, tests } = found;
      // The archive may still hold what was announced before a kill.
      const findings = all.without(announced);
      if (findings.isEmpty && leftovers.isEmpty) return null;
      addReached(state, 'keys of messages', await this.#parts.forgetMessages(keys));
      if (findings.isEmpty) return leftovers;
      await step('found');
      const cases = await record.logger.transact(async (client, log) => {
        const tx = new PrismaWrites(client, record.store.dialect);
        await lease.demand(tx);
        const now = await holds.tests(tx);
        if (versionsOf(now) !== versionsOf(tests)) return null;
        // What came meanwhile; now that the head is locked nothing more comes before the entry.
        const head = (await readHead(tx, this.#tenant))!;
        const more: Entry[] = [];
        for await (const entry of entriesFrom(tx, this.#tenant, size + 1, head.size))
          if (findings.add(entry, mentions)) more.push(entry);
        demandFree(tests, more);
        const seqs: number[] = [];
        for (const one of announcements(findings, entryMaxBytes - REST_OF_ENTRY))
          seqs.push((await log('SUBJECT_ERASED', one, contextOf(state))).seq);
        const cases = [...state.cases, ...seqs];
        await table.keep(tx, { ...pending, state: { ...state, cases } });
        return cases;
      });
      if (cases !== null) {
        state.cases = cases;
        await step('announced');
        return leftovers;
      }
      if (tries >= MOST_TRIES) throw new UserError(HOLDS_CHANGE);
    }
  }

  /** A checkpoint over what was announced, the statement, and only then the parts themselves. */
  async #emptyAnnounced(): Promise<void> {
    const { record, dataDir, step } = this.#parts;
    const { state } = this.#parts.pending;
    for (const seq of state.cases) {
      if (state.emptied.includes(seq)) continue;
      await record.sign();
      await step('signed');
      const note = await vouchErased({ store: record.store, dataDir, ledger: record.ledger }, seq);
      await step('vouched');
      await this.#emptyParts(statementOf(note));
      state.emptied.push(seq);
      await this.#keep();
      await step('emptied');
    }
  }

  async #emptyParts(parts: Parts): Promise<void> {
    const { holds, clock, step } = this.#parts;
    // Whom a hold means is looked up here, so that a transaction has only to look at what came since.
    await holds.tests();
    for (const piece of pieces(parts)) {
      await this.#transaction(async (tx) => {
        const tests = await holds.tests(tx);
        if (tests.length > 0) demandFree(tests, await entriesOf(tx, this.#tenant, piece));
        await emptyParts(tx, this.#tenant, piece, clock.now());
      });
      await step('piece');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #keep(): Promise<void> {
    const { table, pending } = this.#parts;
    return this.#transaction((tx) => table.keep(tx, pending));
  }

  #transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    const { record, lease } = this.#parts;
    return record.store.transaction(async (tx) => {
      await lease.demand(tx);
      return work(tx);
    });
  }

  get #tenant(): string {
    return this.#parts.record.ledger.tenant;
  }
}

/** The entry that tells of it names nobody: whoever had it done by the id of their row, which says nothing by itself. */
function contextOf({ orderedBy }: ErasureState): EventContext {
  const channel = orderedBy.channel as Channel;
  const { id, role } = orderedBy;
  if (role === null) return { actor: 'SYSTEM', actorType: 'system', channel };
  return { actor: { phone: 'SYSTEM', role, ...(id !== null && { id }) }, actorType: 'user', channel };
}

const versionsOf = (tests: readonly HoldTest[]): string => tests.map(({ version }) => version).join('\n');

function statementOf(note: string): Parts {
  return parseStatement(parseNote(note)!.text) as ErasedStatement;
}
