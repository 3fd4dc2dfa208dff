import type { Address } from '../../access/address.js';
import { fold, hasLetters } from './fold.js';
import type { Subject } from './subject.js';

/** As whom somebody acted once: what an entry's actor part says of them. */
export interface Appearance {
  readonly address: string | null;
  readonly id: string | null;
  readonly name: string | null;
}

/** Whom Reeve keeps something about. */
export interface Known {
  readonly address: Address;
  readonly id: string;
  readonly name: string | null;
}

export interface Identified {
  readonly subject: Subject;
  /** Names of theirs that are somebody else's too: not looked for. */
  readonly shared: readonly string[];
  /** Names of theirs that are words of the record itself, or too short to be told from others: not looked for. */
  readonly ordinary: readonly string[];
}

/**
 * All that somebody is known by, from their addresses on: the ids and names under which they stand in the table of
 * people and under which they acted. A name counts only where it is nobody else's. Pure.
 */
export function identify(parts: {
  readonly addresses: readonly Address[];
  readonly known: readonly Known[];
  readonly appearances: readonly Appearance[];
  /** Words of the record itself, folded. */
  readonly vocabulary: ReadonlySet<string>;
}): Identified {
  const addresses = new Set(parts.addresses);
  const isTheirs = (one: { address: string | null; id: string | null }, ids: ReadonlySet<string>) =>
    hasAddress(one) ? addresses.has(one.address) : one.id !== null && ids.has(one.id);
  const all: readonly Appearance[] = [...parts.known, ...parts.appearances];
  const othersIds = new Set(
    all.filter((one) => hasAddress(one) && !addresses.has(one.address)).map(({ id }) => id),
  );
  const ids = new Set<string>();
  for (const { address, id } of all)
    if (id !== null && address !== null && addresses.has(address) && !othersIds.has(id)) ids.add(id);
  const theirs = new Map<string, string>();
  const others = new Set<string>();
  for (const one of all) {
    if (one.name === null || one.name.trim() === '') continue;
    const name = fold(one.name).trim();
    if (isTheirs(one, ids)) theirs.set(name, one.name.trim());
    // A name alone says nothing about whose it is.
    else if (hasAddress(one) || one.id !== null) others.add(name);
  }
  const names = [...theirs];
  const isOrdinary = (name: string) =>
    !hasLetters(name) || wordsIn(name).every((word) => parts.vocabulary.has(word));
  const pick = (choose: (name: string) => boolean) =>
    names.filter(([name]) => choose(name)).map(([, written]) => written);
  return {
    subject: {
      addresses: [...addresses],
      ids: [...ids],
      names: pick((name) => !others.has(name) && !isOrdinary(name)),
    },
    shared: pick((name) => others.has(name)),
    ordinary: pick((name) => !others.has(name) && isOrdinary(name)),
  };
}

/** The words of a text, folded. */
export const wordsIn = (text: string): string[] => fold(text).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];

/** Whoever speaks for somebody has no address of theirs. */
const hasAddress = <T extends { address: string | null }>(one: T): one is T & { address: string } =>
  one.address !== null && one.address !== 'SYSTEM';
