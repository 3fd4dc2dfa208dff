import type { Address } from '../../access/address.js';
import type { Person, PersonChange } from '../../access/person.js';
import type { CommandContext } from '../command.js';
import type { Reply } from '../reply.js';
import { shownTo } from '../show.js';
import { code, lines, opening, type Piece, say, type Text } from '../text.js';

/** Before somebody is given something who was meant by their name. */
export const NAMES_ARE_CHEAP =
  'That is the name they give themselves, and anybody can take any: look at the number.';

interface Done {
  readonly more?: readonly (Piece | false)[];
  /** False where the rules would refuse it: what would be refused is not offered. */
  readonly canTakeBack?: boolean;
}

/** What was done, under which number, and how to take it back. */
export function doneReply(
  { prefix }: CommandContext,
  what: Text,
  number: number,
  { more = [], canTakeBack = true }: Done = {},
): Reply {
  return {
    text: lines(
      opening(say`${what} Case #${number}.`),
      ...more,
      canTakeBack && say`To take it back: ${code(`${prefix}undo ${number}`)}`,
    ),
  };
}

/** Whoever asked, as they are after the change: who stepped down may not take it back. */
export const performerAfter = ({ person }: CommandContext, { after }: PersonChange): Person =>
  person.address === after.address ? after : person;

/**
 * Tells the person concerned, who sees the other's number as far as their own role shows it. Whoever did it to
 * themselves knows, and whoever is deactivated hears nothing any more.
 */
export function telling(
  context: CommandContext,
  { before, after, case: number }: PersonChange,
  words: (who: Text) => Text,
  reason: string | null,
): NonNullable<Reply['tell']> {
  if (isOneself(context, after.address) || !(before.isActive || after.isActive)) return [];
  const who = shownTo({ person: after, isGroup: false })(context.person);
  const text = lines(opening(say`${words(who)} Case #${number}.`), reason !== null && say`Reason: ${reason}`);
  return [{ to: after.address, text }];
}

export function isOneself({ person }: { readonly person: Person }, address: Address): boolean {
  return person.address === address;
}
