/**
 * What a query asks for, as plain data: the one thing that the repository, the command line, the chat and
 * the HTTP routes hand to each other. Whoever turns it into SQL needs to know nothing of the query language.
 *
 * All conditions must hold together. Within a term, `anyOf` is a list of alternatives of which one must
 * hold (none, when the term is negated), and an alternative is a list of tests that must all hold.
 * **A test on a column that is null fails**, so a negated term holds for rows without a value: SQL has to
 * say so (`NOT COALESCE(…, FALSE)`), or erased rows vanish from `-actor:…`.
 */

/** Columns whose text can be asked for by field. Comparison is exact, to the case. */
export type TextColumn =
  | 'id'
  | 'category'
  | 'action'
  | 'verb'
  | 'outcome'
  | 'actorType'
  | 'entityType'
  | 'channel'
  | 'actorId'
  | 'actorPhone'
  | 'actorName'
  | 'actorRole'
  | 'ip'
  | 'entityId'
  | 'chatId'
  | 'messageKey'
  | 'requestId'
  | 'route'
  | 'method';

export type NumberColumn = 'seq' | 'status';

export type Test =
  | { column: TextColumn; is: string }
  /** An empty prefix means: the column is not null. */
  | { column: TextColumn; startsWith: string }
  /** Both ends included. */
  | { column: NumberColumn; from: number; to: number };

export type Alternative = readonly Test[];

export interface Term {
  /** The query language's name of the field. */
  field: string;
  not: boolean;
  /** The values as the query language writes them, normalised: for showing, and for writing a query again. */
  values: readonly string[];
  anyOf: readonly Alternative[];
}

export interface AuditFilter {
  terms: readonly Term[];
  /** Milliseconds since 1970, included. */
  since?: number;
  /** Milliseconds since 1970, excluded. */
  until?: number;
  /** Included. */
  seqFrom?: number;
  /** Included. */
  seqTo?: number;
  /** Phrases that must all occur, in any of the columns that are searched (see `matches.ts`). */
  text: readonly string[];
}

/** The filter that lets everything through. */
export function emptyFilter(): AuditFilter {
  return { terms: [], text: [] };
}
