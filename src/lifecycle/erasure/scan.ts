import { type Scan, scanSelected } from '../../audit/ledgerRows.js';
import { AUDIT_COLUMNS, rowToEntry } from '../../audit/table.js';
import type { Entry } from '../../ledger/entry.js';
import { addNumber, type Ranges, without } from '../../ledger/ranges.js';
import { quoted, type Reads } from '../../store/sql.js';
import type { Mentions } from './mentions.js';

/** Which parts of an entry speak of somebody. A part that is empty speaks of nobody. */
export function partsAbout({ actor, rest }: Pick<Entry, 'actor' | 'rest'>, mentions: Mentions) {
  return {
    actor: actor !== null && mentions.inActor(actor),
    rest: rest !== null && mentions.inRest(rest),
  };
}

/** What speaks of somebody, as it is found, in ascending order. */
export class Findings {
  readonly actor: Ranges;
  readonly rest: Ranges;

  constructor({ actor, rest }: { actor: Ranges; rest: Ranges } = { actor: [], rest: [] }) {
    this.actor = actor;
    this.rest = rest;
  }

  /** Whether the entry is one of them. */
  add(entry: Entry, mentions: Mentions): boolean {
    const { actor, rest } = partsAbout(entry, mentions);
    if (actor) addNumber(this.actor, entry.public.seq);
    if (rest) addNumber(this.rest, entry.public.seq);
    return actor || rest;
  }

  /** Those that are not among others. */
  without({ actor, rest }: { actor: Ranges; rest: Ranges }): Findings {
    return new Findings({ actor: without(this.actor, actor), rest: without(this.rest, rest) });
  }

  get isEmpty(): boolean {
    return this.actor.length + this.rest.length === 0;
  }
}

/** A few milliseconds of work, then others get their turn. */
const ROWS_AT_ONCE = 200;

/** The rows `from` … `to` as entries, others getting their turn in between. */
export async function* entriesFrom(
  reads: Reads,
  tenant: string,
  from: number,
  to: number,
): AsyncGenerator<Entry> {
  const scan: Scan = { begin: '"seq" >= ?', from, to, select: quoted(AUDIT_COLUMNS), batch: ROWS_AT_ONCE };
  for await (const rows of scanSelected(reads, tenant, scan)) {
    for (const row of rows) yield rowToEntry(row);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
