import type { Address } from '../../access/address.js';

/** Somebody, by all that they are known by. */
export interface Subject {
  /** The phone first where it is known, and every LID of it. */
  readonly addresses: readonly Address[];
  /** As what a host or Reeve's own table knows them. */
  readonly ids: readonly string[];
  /** What they call themselves, as far as nobody else does. */
  readonly names: readonly string[];
}

export const subjectText = ({ addresses, ids, names }: Subject): string =>
  JSON.stringify({ addresses, ids, names });

export function subjectFromText(text: string): Subject {
  const { addresses, ids, names } = JSON.parse(text) as Subject;
  return { addresses, ids, names };
}
