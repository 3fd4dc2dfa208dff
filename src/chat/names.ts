import type { People } from '../access/people.js';
import type { AuditItem } from '../audit/repository.js';
import { leavesOf } from './diff.js';

/** More numbers than these are not asked about for one answer. */
const MOST_ASKED = 30;

/** Of whom entries have only the number: the name by which they are known today, where there is one. */
export async function namesIn(
  items: readonly AuditItem[],
  people: Pick<People, 'find'>,
): Promise<(address: string) => string | null> {
  const numbers = items.flatMap(({ actorName, actorPhone, entityId, before, after }) => [
    ...(actorName === null ? [actorPhone] : []),
    entityId,
    ...[before, after].map((state) => leavesOf(state).get('phone') ?? null),
  ]);
  const names = new Map<string, string | null>();
  for (const number of numbers) {
    if (number === null || names.has(number) || !/^(\+|lid:)\d/.test(number)) continue;
    if (names.size === MOST_ASKED) break;
    names.set(number, (await people.find(number)).name);
  }
  return (address) => names.get(address) ?? null;
}
