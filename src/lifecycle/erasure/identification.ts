import type { Address } from '../../access/address.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Reads } from '../../store/sql.js';
import { Appearances } from './appearances.js';
import type { Archived } from './archived.js';
import type { Whom } from './holder.js';
import { type Appearance, type Identified, identify, type Known } from './identify.js';
import { vocabularyOf } from './vocabulary.js';
import { readKnown } from './whoIs.js';

/** What was worked out of the same before. */
interface Worked {
  readonly from: string;
  readonly identified: Identified;
}

/** People whose identification is remembered: those under a hold, and whoever is being erased. */
const MOST_REMEMBERED = 100;

/**
 * All that somebody is known by, wherever it stands: one answer for holds and for erasures, so that whatever an
 * erasure would find of somebody is what a hold on them keeps.
 */
export class Identification {
  readonly #record: AuditRecord;
  readonly #appearances: Appearances;
  readonly #vocabulary: ReadonlySet<string>;
  readonly #worked = new Map<string, Worked>();

  constructor(record: AuditRecord) {
    this.#record = record;
    this.#appearances = new Appearances(() => record.store.read, record.ledger.tenant);
    this.#vocabulary = vocabularyOf(record.catalogue);
  }

  /** Has the archive looked into as well. */
  alsoIn(archived: Archived): void {
    this.#appearances.alsoIn(archived);
  }

  /** `tx` is a transaction's reads, where one asks: it sees what it has written itself. */
  async of(addresses: readonly Address[], tx: Reads | null = null): Promise<Identified> {
    const { store, ledger } = this.#record;
    const { all, version } = await this.#appearances.all(tx);
    const known = await readKnown(tx ?? store.read, ledger.tenant);
    const who = JSON.stringify(addresses);
    const from = `${version}\n${JSON.stringify(known)}`;
    const worked = this.#worked.get(who);
    if (worked?.from === from) return worked.identified;
    const identified = this.#workOut(addresses, known, all);
    if (this.#worked.size >= MOST_REMEMBERED) this.#worked.clear();
    this.#worked.set(who, { from, identified });
    return identified;
  }

  /** The same, where others are known to have acted as well: in a copy that holds more than the ledger does. */
  async with(more: readonly Appearance[], addresses: readonly Address[]): Promise<Identified> {
    const { store, ledger } = this.#record;
    const { all } = await this.#appearances.all();
    return this.#workOut(addresses, await readKnown(store.read, ledger.tenant), [...all, ...more]);
  }

  /** Somebody was erased. */
  forget(whom: Whom): void {
    this.#appearances.forget(whom);
    this.#worked.clear();
  }

  #workOut(addresses: readonly Address[], known: readonly Known[], appearances: readonly Appearance[]) {
    return identify({ addresses, known, appearances, vocabulary: this.#vocabulary });
  }
}
