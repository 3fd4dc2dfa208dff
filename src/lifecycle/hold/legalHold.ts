import type { Address } from '../../access/address.js';
import type { AuditFilter } from '../../audit/query/filter.js';
import { type AuditRow, matches } from '../../audit/query/matches.js';
import { parseQuery } from '../../audit/query/parse.js';
import { UserError } from '../../config/userError.js';
import type { Entry } from '../../ledger/entry.js';
import { Mentions } from '../erasure/mentions.js';
import type { Subject } from '../erasure/subject.js';

export const HOLD_KINDS = ['person', 'query', 'range'] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

/** What must stay: all that is about somebody, that a query finds, or that has these numbers. */
export interface LegalHold {
  /** The number of the event that laid it. */
  readonly id: string;
  readonly kind: HoldKind;
  /** An address, a query as it was written, or `100-200`. */
  readonly what: string;
  readonly reason: string;
  /** Who laid it: an address, or SYSTEM. Empty where they have been erased. */
  readonly by: string;
  readonly at: number;
}

/** A hold as a question about an entry. */
export interface HoldTest {
  readonly hold: LegalHold;
  /** Changes when the answers could: with the links of a LID, for example. */
  readonly version: string;
  /** Where the numbers alone tell. */
  readonly range: readonly [number, number] | null;
  covers(entry: Entry): boolean;
}

export interface HoldReading {
  readonly country: string | undefined;
  readonly timeZone: string;
  /** All that somebody is known by now. */
  identify(address: Address): Promise<Subject>;
}

const RANGE = /^#?(\d{1,15})(?:\s*(?:-|–|\.\.)\s*#?(\d{1,15}))?$/;

/** Both ends of a range of case numbers; refuses what is none. */
export function readRange(text: string): [number, number] {
  const [, first, last = first] = RANGE.exec(text.trim()) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first !== undefined && from >= 1 && from <= to) return [from, to];
  throw new UserError({
    code: 'BAD_RANGE',
    message: 'A range is a case number, or two with a hyphen between them, the smaller one first.',
    example: '100-200',
  });
}

/** The filter of a query that holds; times in it are those of the moment it was laid. */
export function readHeldQuery(query: string, now: number, timeZone: string): AuditFilter {
  const parsed = parseQuery(query, { now, timeZone });
  if (!parsed.ok) {
    const { problem, expected, example } = parsed.error;
    throw new UserError({ code: 'BAD_QUERY', message: problem, hint: `Expected: ${expected}.`, example });
  }
  const { terms, text, since, until, seqFrom, seqTo } = parsed.filter;
  if (terms.length + text.length > 0 || [since, until, seqFrom, seqTo].some((bound) => bound !== undefined))
    return parsed.filter;
  throw new UserError({
    code: 'BAD_QUERY',
    message: 'A hold on everything would end retention and erasure altogether.',
    hint: 'Say which entries must stay.',
    example: 'action:role.* since:30d',
  });
}

/** Reads what a hold is about. */
export async function testOf(
  hold: LegalHold,
  { country, timeZone, identify }: HoldReading,
): Promise<HoldTest> {
  switch (hold.kind) {
    case 'range': {
      const range = readRange(hold.what);
      const covers = ({ public: { seq } }: Entry) => seq >= range[0] && seq <= range[1];
      return { hold, version: hold.id, range, covers };
    }
    case 'query': {
      const filter = readHeldQuery(hold.what, hold.at, timeZone);
      return { hold, version: hold.id, range: null, covers: (entry) => matches(filter, flat(entry)) };
    }
    case 'person': {
      const subject = await identify(hold.what);
      const mentions = new Mentions(subject, country);
      const covers = ({ actor, rest }: Entry) =>
        (actor !== null && mentions.inActor(actor)) || (rest !== null && mentions.inRest(rest));
      return { hold, version: `${hold.id} ${JSON.stringify(subject)}`, range: null, covers };
    }
  }
}

const flat = (entry: Entry): AuditRow => ({ ...entry.public, ...entry.actor, ...entry.rest }) as AuditRow;
