import type { Address } from '../../access/address.js';
import type { Person, PersonChange } from '../../access/person.js';
import type { CommandContext } from '../command.js';
import type { Reply } from '../reply.js';
import { shownTo } from '../show.js';
import { code, lines, type Piece, say, type Text } from '../text.js';

/** How a case is named in an answer. */
const caseText = (number: number): string => `#${number}`;

/** What was done, under which number, and how to take it back. */
export function doneReply(
  { prefix }: CommandContext,
  what: Text,
  number: number,
  more: readonly (Piece | false)[] = [],
): Reply {
  return {
    text: lines(
      say`${what} Case ${caseText(number)}.`,
      ...more,
      say`To take it back: ${code(`${prefix}undo ${number}`)}`,
    ),
  };
}

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
  const text = lines(say`${words(who)} Case ${caseText(number)}.`, reason !== null && say`Reason: ${reason}`);
  return [{ to: after.address, text }];
}

export function isOneself({ person }: { readonly person: Person }, address: Address): boolean {
  return person.address === address;
}
