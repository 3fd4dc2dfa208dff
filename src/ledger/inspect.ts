/**
 * The part of a verification that costs: every entry's form, commitments and leaf. It knows nothing of what
 * comes before or after, so that chunks of a ledger can be inspected in worker threads; the report is plain
 * data that can be posted from one to another. `Verification` puts the reports together.
 */
import type { Entry } from './entry.js';
import { HASH_BYTES } from './frontier.js';
import { addNumber, type Ranges } from './ranges.js';
import { examine } from './seal.js';

/** How many findings are told one by one; the rest are told as ranges. */
export const FINDINGS_MAX = 1000;

export interface Finding {
  seq: number;
  why: string;
}

/** An entry that explains something about the ledger itself. */
export interface Event {
  seq: number;
  action: string;
  at: number;
  /** Null when the entry's part `rest` was erased, empty when there is none in it. */
  metadata: string | null;
  /** Whether nothing is wrong with the entry. */
  sound: boolean;
}

export interface ChunkReport {
  /** The numbers of the first and the last entry, in the order in which they came. */
  first: number | null;
  last: number | null;
  count: number;
  /** The numbers as they came, consecutive ones joined. In a good ledger that is one range. */
  runs: Ranges;
  /** 32 bytes an entry, in the same order: the leaves as they were recomputed, not as they were stored. */
  leaves: Uint8Array;
  altered: Finding[];
  /** All altered entries, those included that `altered` has no room for. */
  alteredNumbers: Ranges;
  /** Entries without the part. Whether that is well, statements say. */
  strippedActor: Ranges;
  strippedRest: Ranges;
  /** How many entries lack one part or both. */
  erased: number;
  events: Event[];
}

const EVENT_ACTIONS: ReadonlySet<string> = new Set(['SUBJECT_ERASED', 'LEDGER_RECOVERED', 'HEARTBEAT']);

/** Inspects entries in order of their numbers. */
export function inspect(entries: Iterable<Entry>, tenant: string): ChunkReport {
  const inspection = new Inspection(tenant);
  for (const entry of entries) inspection.add(entry);
  return inspection.report();
}

export class Inspection {
  readonly #tenant: string;
  #leaves: Buffer = Buffer.allocUnsafeSlow(1024 * HASH_BYTES);
  #first: number | null = null;
  #last: number;
  #count = 0;
  #erased = 0;
  readonly #runs: Ranges = [];
  readonly #altered: Finding[] = [];
  readonly #alteredNumbers: Ranges = [];
  readonly #strippedActor: Ranges = [];
  readonly #strippedRest: Ranges = [];
  readonly #events: Event[] = [];

  /** `after` is the number of the entry before the chunk, for entries too broken to have a number. */
  constructor(tenant: string, after = 0) {
    this.#tenant = tenant;
    this.#last = after;
  }

  get count(): number {
    return this.#count;
  }

  get last(): number {
    return this.#last;
  }

  add(entry: Entry): void {
    const { public: pub } = entry;
    const at = this.#place();
    const why = examine(entry, this.#tenant, this.#leaves, at);
    const seq = this.#number(pub.seq);
    if (why !== null) this.#alter(seq, why);
    if (entry.actor === null || entry.rest === null) this.#strip(seq, entry);
    if (EVENT_ACTIONS.has(pub.action)) {
      const metadata = entry.rest === null ? null : (entry.rest.metadata ?? '');
      this.#events.push({ seq, action: pub.action, at: pub.at, metadata, sound: why === null });
    }
  }

  /** Something that stands where an entry should, and is none. */
  addBroken(seq: number | null, why: string, leaf: Uint8Array | null): void {
    const at = this.#place();
    this.#leaves.fill(0, at, at + HASH_BYTES);
    if (leaf !== null) this.#leaves.set(leaf, at);
    this.#alter(this.#number(seq), why);
  }

  report(): ChunkReport {
    return {
      first: this.#first,
      last: this.#count === 0 ? null : this.#last,
      count: this.#count,
      runs: this.#runs,
      leaves: new Uint8Array(this.#leaves.subarray(0, this.#count * HASH_BYTES)),
      altered: this.#altered,
      alteredNumbers: this.#alteredNumbers,
      strippedActor: this.#strippedActor,
      strippedRest: this.#strippedRest,
      erased: this.#erased,
      events: this.#events,
    };
  }

  /** Where the next leaf goes. */
  #place(): number {
    const at = this.#count * HASH_BYTES;
    this.#count += 1;
    if (at >= this.#leaves.length) {
      const larger = Buffer.allocUnsafeSlow(this.#leaves.length * 2);
      this.#leaves.copy(larger);
      this.#leaves = larger;
    }
    return at;
  }

  /** An entry without a usable number is taken to stand where it stands. */
  #number(seq: unknown): number {
    const number = Number.isSafeInteger(seq) && (seq as number) >= 1 ? (seq as number) : this.#last + 1;
    const run = this.#runs.at(-1);
    if (run !== undefined && number === run[1] + 1) run[1] = number;
    else this.#runs.push([number, number]);
    this.#first ??= number;
    this.#last = number;
    return number;
  }

  #alter(seq: number, why: string): void {
    if (this.#altered.length < FINDINGS_MAX) this.#altered.push({ seq, why });
    addNumber(this.#alteredNumbers, seq);
  }

  #strip(seq: number, entry: Entry): void {
    const noActor = entry.actor === null && entry.actorSalt === null;
    const noRest = entry.rest === null && entry.restSalt === null;
    if (noActor) addNumber(this.#strippedActor, seq);
    if (noRest) addNumber(this.#strippedRest, seq);
    if (noActor || noRest) this.#erased += 1;
  }
}
