/**
 * The verification of a ledger, live or from a file, out of the reports over its chunks.
 *
 * ```ts
 * const verification = new Verification({ live: true, tenant, origin, keys, anchor, statements, checkpoints });
 * for (const chunk of chunks) verification.take(inspect(chunk, tenant));
 * const verdict = verification.finish(Date.now());
 * ```
 *
 * The reports must be taken in the order of the entries; they may be made anywhere.
 */
import { Agreement, type ConsistencyProof } from './agreement.js';
import { Findings } from './findings.js';
import { Frontier } from './frontier.js';
import { Heartbeats } from './heartbeats.js';
import type { ChunkReport, Event } from './inspect.js';
import { Order } from './order.js';
import type { Anchor } from './path.js';
import { countOf, includes, joined, type Ranges, without } from './ranges.js';
import { remarks } from './remarks.js';
import { isValid, type Verdict, type VerdictName } from './verdict.js';
import type { VerifierKey } from './vkey.js';
import { Vouching } from './vouching.js';

export type { ConsistencyProof } from './agreement.js';
export { type ChunkReport, inspect } from './inspect.js';
export { UnreadableFile, type Verdict, type VerdictName } from './verdict.js';

export interface VerificationOptions {
  /** A live ledger ends at its highest row and may have a tail; a file ends where it says. */
  live: boolean;
  tenant: string;
  origin: string;
  /** Keys that the verifier trusts. Those of other names are of no account. */
  keys: readonly VerifierKey[];
  /** What remains of the entries that retention pruned. */
  anchor: Anchor | null;
  statements: Iterable<string>;
  checkpoints: Iterable<string>;
  /** Checkpoints that somebody asks this ledger to be held to: those of another ledger are listed as well. */
  given?: Iterable<string>;
  consistency?: readonly ConsistencyProof[];
  /** For a file: the first and last number that it declares. */
  expectedFrom?: number;
  expectedTo?: number;
  /**
   * The edge of an earlier verification: entries up to its size are not read again. Trust it only because it
   * folds to a root that was signed.
   */
  since?: Anchor;
}

const EVENTS_MAX = 100;

export class Verification {
  readonly #options: VerificationOptions;
  readonly #keys: readonly VerifierKey[];
  readonly #anchorSize: number;
  readonly #start: number;
  /** The edge that grows; null when the anchor's hashes cannot be those of its size. */
  readonly #frontier: Frontier | null;
  readonly #anchorVouched: boolean;
  readonly #agreement: Agreement;
  readonly #vouching: Vouching;
  readonly #order: Order;
  #nextSize = 0;
  #total = 0;
  readonly #findings = new Findings();
  readonly #strippedActor: Ranges = [];
  readonly #strippedRest: Ranges = [];
  readonly #recovered: Event[] = [];
  readonly #heartbeats = new Heartbeats();

  constructor(options: VerificationOptions) {
    const { live, origin, anchor, since } = options;
    this.#options = options;
    this.#keys = options.keys.filter(({ name }) => name === origin);
    this.#anchorSize = anchor?.size ?? 0;
    const shared = { keys: this.#keys, origin, skipForeign: live };
    this.#agreement = new Agreement({
      ...shared,
      notes: options.checkpoints,
      given: options.given ?? [],
      skipBelow: since?.size ?? 0,
    });
    this.#vouching = new Vouching({ ...shared, notes: options.statements });

    const edge = anchor === null ? new Frontier() : fold(anchor);
    const root = edge?.root() ?? null;
    this.#anchorVouched =
      this.#anchorSize === 0 || (root !== null && this.#vouching.vouchesForAnchor(this.#anchorSize, root));
    if (root !== null) {
      this.#agreement.compareBelow({ size: this.#anchorSize, root }, options.consistency ?? []);
    }
    if (since !== undefined && since.size < this.#anchorSize) {
      throw new RangeError(
        `the edge to go on from (${since.size}) lies below the anchor (${this.#anchorSize})`,
      );
    }
    this.#frontier = since === undefined ? edge : Frontier.fromAnchor(since.size, since.hashes);
    this.#start = since?.size ?? this.#anchorSize;
    this.#order = new Order(this.#start);
    while ((this.#sizeAhead() ?? Number.POSITIVE_INFINITY) < this.#start) this.#nextSize += 1;
    this.#compareHere();
  }

  take(report: ChunkReport): void {
    const leaves = Buffer.from(report.leaves.buffer, report.leaves.byteOffset, report.leaves.byteLength);
    let done = 0;
    for (const [from, to] of report.runs) {
      const first = this.#takeRun(from, to);
      if (first <= to) this.#grow(leaves, done + first - from, done + to - from + 1, first);
      done += to - from + 1;
    }
    this.#findings.add(
      report.altered.filter(({ seq }) => this.#concerns(seq)),
      this.#concerning(report.alteredNumbers),
    );
    for (const event of report.events) {
      if (event.action === 'HEARTBEAT' && event.sound && this.#concerns(event.seq))
        this.#heartbeats.take(event.at);
      if (event.action !== 'LEDGER_RECOVERED' || this.#recovered.length >= EVENTS_MAX) continue;
      if (this.#concerns(event.seq)) this.#recovered.push(event);
    }
    this.#vouching.take(report.events);
    for (const range of this.#concerning(report.strippedActor)) this.#strippedActor.push(range);
    for (const range of this.#concerning(report.strippedRest)) this.#strippedRest.push(range);
  }

  finish(now: number): Verdict {
    const { live, expectedTo } = this.#options;
    const highest = this.#order.next - 1;
    const to = live ? highest : Math.max(expectedTo ?? highest, this.#start);
    if (!live) this.#order.close(to);
    const gaps = this.#gaps();
    const misplaced = this.#order.findings;
    this.#findings.add(
      misplaced,
      misplaced.map(({ seq }) => [seq, seq]),
    );
    const { refused, erased } = this.#weighStripped(to, gaps);
    const alteredNumbers = this.#findings.numbers();
    const covered = this.#agreement.covered;
    const fork = this.#agreement.fork();
    const facts = {
      altered: alteredNumbers.length > 0,
      missing: gaps.length > 0,
      forked: fork !== null,
      truncated: (this.#agreement.largest ?? 0) > to,
      unverifiable:
        this.#keys.length === 0 ||
        (live ? covered === null || covered < this.#start : !this.#agreement.agreesAt(to)),
    };
    const verdict = this.#verdict(facts);
    const root = this.#order.isWhole && this.#frontier !== null ? this.#frontier.root() : null;
    return {
      verdict,
      isValid: isValid(verdict),
      from: this.#start + 1,
      to,
      covered: covered ?? 0,
      totalRecords: this.#total,
      erased,
      gaps: gaps.map(([from, last]) => ({ from, to: last, count: last - from + 1 })),
      altered: this.#findings.listed(),
      checkpoints: { verified: this.#agreement.verified, absent: this.#agreement.absentCount },
      root: root?.toString('hex') ?? null,
      verifiedAt: now,
      notes: remarks({
        verdict,
        live,
        to,
        fork,
        alteredNumbers,
        gaps,
        covered,
        refused,
        anchorSize: this.#anchorSize,
        anchorVouched: this.#anchorVouched,
        start: this.#start,
        hasKeys: this.#keys.length > 0,
        origin: this.#options.origin,
        agreement: this.#agreement,
        absentStatements: this.#vouching.absent,
        recovered: this.#recovered,
        silences: this.#heartbeats.remarks(live ? now : null),
      }),
    };
  }

  /** Once finished: how many of the notes that were given could not be compared with anything. */
  get idle(): number {
    return this.#agreement.idle;
  }

  #verdict(facts: Record<Exclude<VerdictName, 'intact' | 'intact-from'>, boolean>): VerdictName {
    if (facts.altered) return 'altered';
    if (facts.missing) return 'missing';
    if (facts.forked) return 'forked';
    if (facts.truncated) return 'truncated';
    if (facts.unverifiable) return 'unverifiable';
    return this.#start > 0 ? 'intact-from' : 'intact';
  }

  /** Takes a run of numbers; returns the first whose leaf continues the tree, or one past the last. */
  #takeRun(from: number, to: number): number {
    let first = from;
    if (first <= this.#start) {
      const last = Math.min(to, this.#start);
      if (!this.#options.live) {
        this.#findings.addRanges([[first, last]], 'it lies before the entries that the file begins with');
        this.#total += last - from + 1;
      }
      first = last + 1;
    }
    if (first > to) return first;
    this.#total += to - first + 1;
    const { expectedFrom: begin, expectedTo: end } = this.#options;
    if (begin !== undefined && first < begin) {
      const before = Math.min(to, begin - 1);
      this.#findings.addRanges([[first, before]], `the first line declares ${begin} as the first number`);
    }
    if (end !== undefined && to > end) {
      const beyond = Math.max(first, end + 1);
      this.#findings.addRanges([[beyond, to]], `the first line declares ${end} as the last number`);
    }
    return this.#order.take(first, to);
  }

  #grow(leaves: Buffer, from: number, to: number, seq: number): void {
    const frontier = this.#frontier;
    if (frontier === null || !this.#order.isWhole) return;
    // Beyond the declared end nothing is part of the tree that is judged.
    const end = Math.min(to, from + (this.#options.expectedTo ?? Number.MAX_SAFE_INTEGER) - seq + 1);
    for (let at = from; at < end; ) {
      const ahead = this.#sizeAhead();
      const stop = ahead === undefined ? end : Math.min(end, at + ahead - frontier.size);
      frontier.pushRange(leaves, at, stop);
      at = stop;
      this.#compareHere();
    }
  }

  #sizeAhead(): number | undefined {
    return this.#agreement.sizes[this.#nextSize];
  }

  #compareHere(): void {
    if (this.#frontier === null || this.#sizeAhead() !== this.#frontier.size) return;
    this.#agreement.compare(this.#frontier.size, this.#frontier.root());
    this.#nextSize += 1;
  }

  #gaps(): Ranges {
    const { expectedFrom } = this.#options;
    const gaps = this.#order.gaps();
    if (!this.#anchorVouched) gaps.push([1, this.#anchorSize]);
    else if (expectedFrom !== undefined && expectedFrom <= this.#start) {
      gaps.push([expectedFrom, this.#start]);
    }
    return joined(gaps);
  }

  /** Which parts are empty without a statement that counts, and how many entries are empty with one. */
  #weighStripped(to: number, gaps: Ranges): { refused: string[]; erased: number } {
    const altered = this.#findings.numbers();
    const isTrusting = !this.#options.live || this.#keys.length === 0;
    const { actor, rest, refused } = this.#vouching.allowance({
      isPresent: (seq) => seq > this.#start && seq < this.#order.next && seq <= to && !includes(gaps, seq),
      isAltered: (seq) => includes(altered, seq),
      reach: this.#wentOn(to) ? Number.POSITIVE_INFINITY : Math.max(to, this.#agreement.largest ?? 0),
      coveredTo: isTrusting ? Number.POSITIVE_INFINITY : (this.#agreement.covered ?? 0),
    });
    const noActor = joined(this.#strippedActor);
    const noRest = joined(this.#strippedRest);
    const actorUnvouched = without(noActor, actor);
    const restUnvouched = without(noRest, rest);
    this.#findings.addRanges(
      actorUnvouched,
      'its part actor is empty, and no erased statement that counts names it',
    );
    this.#findings.addRanges(
      restUnvouched,
      'its part rest is empty, and no erased statement that counts names it',
    );
    const unvouched = joined([...actorUnvouched, ...restUnvouched]);
    return { refused, erased: countOf(without(joined([...noActor, ...noRest]), unvouched)) };
  }

  /** A file whose own end was pruned later is an archived beginning: the ledger is longer than it. */
  #wentOn(to: number): boolean {
    const frontier = this.#frontier;
    if (this.#options.live || frontier === null || frontier.size !== to) return false;
    return to > this.#anchorSize && this.#vouching.vouchesForAnchor(to, frontier.root());
  }

  /** Rows of a live ledger that retention has not removed yet are leftovers: as if they were not there. */
  #concerns(seq: number): boolean {
    return !this.#options.live || seq > this.#start;
  }

  #concerning(ranges: Ranges): Ranges {
    if (!this.#options.live) return ranges;
    const first = this.#start + 1;
    return ranges.flatMap(([from, to]) => (to < first ? [] : [[Math.max(from, first), to]]));
  }
}

function fold(anchor: Anchor): Frontier | null {
  try {
    return Frontier.fromAnchor(anchor.size, anchor.hashes);
  } catch {
    return null;
  }
}
