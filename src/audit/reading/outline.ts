/**
 * Where a filter's rows can be at all, from the index's counts alone: which part of the ledger, how large a share of
 * it, and what to ask the words for.
 */

import { isCleanText } from '../../ledger/json.js';
import type { Reads } from '../../store/sql.js';
import { readCombinations, readPhones, readSeqBounds } from '../index/indexQueries.js';
import type { ActCount } from '../index/rollup.js';
import { hasKey, keyToken, phraseGroup, type Sequence, type Sought } from '../index/tokens.js';
import type { Alternative, AuditFilter, Term } from '../query/filter.js';
import { matches } from '../query/matches.js';
import { intersection, type Source, type Stretch } from './source.js';

/** Columns whose combinations are counted. */
const COUNTED: ReadonlySet<string> = new Set(['category', 'action', 'outcome']);

/** More alternatives than this are not looked up one by one. */
const MOST_ALTERNATIVES = 64;

/** A share of the ledger that is read as fast as it is looked up. */
const LARGE_SHARE = 0.1;

export interface Outline {
  generation: number;
  /** The index knows the ledger up to here. */
  seq: number;
  /** Where rows can be, as far as the index knows; empty where there are none. */
  stretch: Stretch;
  /** What to look up; null where reading along is as good. */
  sought: Sought | null;
}

export const isCounted = ({ anyOf }: Term): boolean =>
  anyOf.every((alternative) => alternative.every((test) => COUNTED.has(test.column)));

export function readOutline({ index, tenant }: Source, filter: AuditFilter): Promise<Outline | null> {
  if (index === null) return Promise.resolve(null);
  return index.look(async (tx, { generation, seq }) => {
    const bounds = await readSeqBounds(tx, tenant, filter.since, filter.until);
    const counted = await readCounted(tx, tenant, filter);
    const groups = await lookedUp(tx, tenant, filter);
    if (bounds === null || counted.fitting?.length === 0 || groups.some((group) => group.length === 0)) {
      return { generation, seq, stretch: { from: 1, to: 0 }, sought: null };
    }
    // Counts alone are worth a look only where they promise to leave most of the ledger out.
    if (groups.length > 0 || counted.isRare) groups.push(...counted.groups);
    const stretch = intersection(bounds, counted.stretch);
    return { generation, seq, stretch, sought: groups.length === 0 ? null : groups };
  });
}

interface CountedTerms {
  /** The combinations that the filter lets through; undefined where it leaves none out. */
  fitting: readonly ActCount[] | undefined;
  stretch: Stretch;
  isRare: boolean;
  groups: (readonly Sequence[])[];
}

/** What the terms about category, action and outcome come to, with what occurs in this ledger. */
async function readCounted(tx: Reads, tenant: string, filter: AuditFilter): Promise<CountedTerms> {
  const terms = filter.terms.filter(isCounted);
  const everywhere = { from: 1, to: Number.MAX_SAFE_INTEGER };
  if (terms.length === 0) return { fitting: undefined, stretch: everywhere, isRare: false, groups: [] };
  const all = await readCombinations(tx, tenant);
  const fitting = all.filter(({ category, action, outcome }) =>
    matches({ terms, text: [] }, { category, action, outcome }),
  );
  const groups: (readonly Sequence[])[] = [];
  for (const column of ['category', 'action', 'outcome'] as const) {
    const values = new Set(fitting.map((act) => act[column]));
    const isChoice = values.size < new Set(all.map((act) => act[column])).size;
    if (isChoice && values.size <= MOST_ALTERNATIVES) {
      groups.push([...values].map((value) => [keyToken(column, value)]));
    }
  }
  const stretch = {
    from: Math.min(...fitting.map(({ minSeq }) => minSeq)),
    to: Math.max(...fitting.map(({ maxSeq }) => maxSeq)),
  };
  return { fitting, stretch, isRare: total(fitting) < total(all) * LARGE_SHARE, groups };
}

const total = (acts: readonly ActCount[]): number => acts.reduce((sum, { count }) => sum + count, 0);

/** What the words are asked for: free text, and terms whose values are tokens. */
async function lookedUp(
  tx: Reads,
  tenant: string,
  { text, terms }: AuditFilter,
): Promise<(readonly Sequence[])[]> {
  const groups: (readonly Sequence[])[] = [];
  for (const phrase of text) {
    const group = phraseGroup(phrase);
    if (group !== null) groups.push(group);
  }
  for (const term of terms) {
    const group = isCounted(term) ? null : await termGroup(tx, tenant, term);
    if (group !== null) groups.push(group);
  }
  return groups;
}

/** A token for each of a term's alternatives; null where one of them cannot be looked up. */
async function termGroup(
  tx: Reads,
  tenant: string,
  { not, anyOf }: Term,
): Promise<readonly Sequence[] | null> {
  if (not || anyOf.length === 0) return null;
  const group: Sequence[] = [];
  for (const alternative of anyOf) {
    const tokens = tokenOf(alternative) ?? (await phonesOf(tx, tenant, alternative));
    if (tokens === null) return null;
    group.push(...tokens.map((token) => [token]));
    if (group.length > MOST_ALTERNATIVES) return null;
  }
  return group;
}

function tokenOf(alternative: Alternative): string[] | null {
  const values = alternative.flatMap((test) => ('is' in test && hasKey(test.column) ? [test] : []));
  // An id says more than a type.
  const best = values.find(({ column }) => column !== 'entityType') ?? values[0];
  return best === undefined ? null : [keyToken(best.column, best.is)];
}

/** The phones that begin so, where those are few. */
async function phonesOf(tx: Reads, tenant: string, [test]: Alternative): Promise<string[] | null> {
  if (test === undefined || !('startsWith' in test) || test.column !== 'actorPhone') return null;
  // No database holds such a text, and PostgreSQL does not even take it.
  if (!isCleanText(test.startsWith)) return [];
  const phones = await readPhones(tx, tenant, test.startsWith, MOST_ALTERNATIVES + 1);
  return phones.length > MOST_ALTERNATIVES ? null : phones.map((phone) => keyToken('actorPhone', phone));
}
