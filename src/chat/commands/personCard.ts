import { addressKind } from '../../access/address.js';
import type { Person } from '../../access/person.js';
import { ROLES } from '../../access/role.js';
import { roleChangeRefusal } from '../../access/rules.js';
import type { CommandContext } from '../command.js';
import { bold, joined, lines, opening, say, type Text } from '../text.js';

/** What is known of somebody, on a few lines. */
export async function personCard(context: CommandContext, person: Person): Promise<Text> {
  const { show, services } = context;
  const { membership, identities, people } = services;
  const lids = await identities.lidsOf(person.address);
  const activeOwners = (await people.owners()).length;
  const within = ROLES.filter(
    (newRole) =>
      newRole !== person.role &&
      roleChangeRefusal({ actor: context.person, target: person, newRole, activeOwners }) === null,
  );
  const listing = person.isListed ? 'on it' : 'not on it';
  return lines(
    opening(show(person)),
    say`Role: ${bold(person.role)}`,
    person.isActive ? 'Active' : say`${bold('Deactivated')}: gets no answer`,
    say`Whitelist (${membership.isWhitelistOn() ? 'on' : 'off'}): ${listing}`,
    addressKind(person.address) === 'lid' && 'Known by a LID only, so never more than USER',
    lids.length > 0 && say`LID: ${joined(lids.map(show), ', ')}`,
    person.id === null && 'Nothing is stored about them',
    within.length > 0 && say`You could make them ${alternatives(within)}.`,
  );
}

/** `A, B or C`. */
const alternatives = (all: readonly string[]): string =>
  [all.slice(0, -1).join(', '), ...all.slice(-1)].filter((part) => part !== '').join(' or ');

/** How many lines of people one answer holds. */
const MOST_LINES = 100;

/** People below each other, with what is to be said of each. */
export function peopleList(
  { show }: CommandContext,
  people: readonly Person[],
  notesOf: (person: Person) => readonly string[] = standing,
): Text {
  const rows = people
    .slice(0, MOST_LINES)
    .map((one) => say`• ${joined([show(one), ...notesOf(one)], ' · ')}`);
  const more = people.length - rows.length;
  return lines(...rows, more > 0 && `… and ${more} more`);
}

const standing = ({ isActive }: Person): string[] => (isActive ? [] : ['deactivated']);

export const roleAndStanding = (person: Person): string[] => [
  ...(person.role === 'USER' ? [] : [person.role]),
  ...standing(person),
];
