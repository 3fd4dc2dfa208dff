/**
 * What the ledger's key says was taken away on purpose: which beginning was pruned, which parts were erased.
 *
 * An `erased` statement counts only together with its entry, so that neither a database writer (who cannot
 * sign) nor somebody who once got hold of a statement for a number that was still to come can strip entries
 * with it:
 *
 * - the entry is there and sound: it must be SUBJECT_ERASED and its metadata must name the same ranges;
 * - the entry is there but altered, or its number is missing: the statement counts, and what is wrong with the
 *   ledger is told at that number;
 * - the number lies beyond the ledger: it counts only if a validly signed checkpoint shows that the ledger once
 *   reached that far (it was truncated), or if it is an archived segment, of which a pruned statement about its very
 *   end says that the ledger went on; otherwise it speaks of the future;
 * - in a live ledger an entry of the tail does not do: the checkpoint that covers it comes before the statement.
 */
import type { Event } from './inspect.js';
import { parseNote, type VerifierKey } from './note.js';
import { joined, type Ranges } from './ranges.js';
import {
  type ErasedStatement,
  openStatement,
  type PrunedStatement,
  parseStatement,
  type Statement,
} from './statement.js';

export class Vouching {
  readonly #pruned: PrunedStatement[] = [];
  readonly #erased: ErasedStatement[] = [];
  readonly #wanted = new Set<number>();
  readonly #events = new Map<number, Event>();
  /** What was given and counts for nothing, described. */
  readonly absent: string[] = [];

  /** Without any trusted key statements are taken as they read: nothing better than *unverifiable* comes of it. */
  constructor(options: {
    notes: Iterable<string>;
    keys: readonly VerifierKey[];
    origin: string;
    skipForeign: boolean;
  }) {
    const { keys, origin, skipForeign } = options;
    for (const note of new Set(options.notes)) {
      const [first = '', second = ''] = note.split('\n', 2);
      if (skipForeign && !first.startsWith(`${origin}/`)) continue;
      const statement = keys.length === 0 ? readStatement(note) : openStatement(note, keys);
      if (statement === null || statement.origin !== origin) {
        this.absent.push(`${JSON.stringify(`${first} ${second}`.slice(0, 120))}`);
      } else if (statement.kind === 'pruned') this.#pruned.push(statement);
      else {
        this.#erased.push(statement);
        this.#wanted.add(statement.seq);
      }
    }
  }

  /** Whether the key says that entries 1 … `size` were pruned and had that root. */
  vouchesForAnchor(size: number, root: Uint8Array): boolean {
    return this.#pruned.some((statement) => statement.to === size && statement.root.equals(root));
  }

  /** Remembers the entries that statements are about. */
  take(events: readonly Event[]): void {
    for (const event of events) if (this.#wanted.has(event.seq)) this.#events.set(event.seq, event);
  }

  /** The entries whose parts may be empty, and why some statements do not count. */
  allowance(ledger: {
    isPresent(seq: number): boolean;
    isAltered(seq: number): boolean;
    /** The largest number that the ledger is known to have reached. */
    reach: number;
    /** The largest number whose entry a statement may rely on. */
    coveredTo: number;
  }): { actor: Ranges; rest: Ranges; refused: string[] } {
    const refused: string[] = [];
    const counting = this.#erased.filter((statement) => {
      const why = this.#refusal(statement, ledger);
      if (why !== null)
        refused.push(`the erased statement about entry ${statement.seq} does not count: ${why}`);
      return why === null;
    });
    return {
      actor: joined(counting.flatMap(({ actor }) => actor)),
      rest: joined(counting.flatMap(({ rest }) => rest)),
      refused,
    };
  }

  #refusal(
    statement: ErasedStatement,
    ledger: {
      isPresent(seq: number): boolean;
      isAltered(seq: number): boolean;
      reach: number;
      coveredTo: number;
    },
  ): string | null {
    const { seq } = statement;
    if (!ledger.isPresent(seq))
      return seq <= ledger.reach ? null : 'the ledger has never reached that number';
    if (ledger.isAltered(seq)) return null;
    const event = this.#events.get(seq);
    if (event?.action !== 'SUBJECT_ERASED') return 'that entry is not SUBJECT_ERASED';
    if (event.metadata !== null && !namesSame(event.metadata, statement))
      return 'that entry names other ranges';
    if (seq > ledger.coveredTo) return 'no verified checkpoint covers that entry';
    return null;
  }
}

function readStatement(note: string): Statement | null {
  const parsed = parseNote(note);
  return parsed === null ? null : parseStatement(parsed.text);
}

function namesSame(metadata: string, statement: ErasedStatement): boolean {
  try {
    const { actor, rest } = JSON.parse(metadata) as { actor: Ranges; rest: Ranges };
    return isSame(actor, statement.actor) && isSame(rest, statement.rest);
  } catch {
    return false;
  }
}

function isSame(named: Ranges, stated: Ranges): boolean {
  return (
    named.every((range) => range.length === 2) &&
    JSON.stringify(joined(named)) === JSON.stringify(joined(stated))
  );
}
