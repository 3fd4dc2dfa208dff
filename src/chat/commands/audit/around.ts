import { readHead } from '../../../audit/ledgerRows.js';
import type { AuditItem } from '../../../audit/repository.js';
import { UserError } from '../../../config/userError.js';
import { timeZone } from '../../../settings/builtIn.js';
import type { CommandContext } from '../../command.js';
import { namesIn } from '../../names.js';
import { type ReadQuery, readQuery } from '../../query.js';
import type { Reader } from '../../sentence.js';

/** Who reads the record here. */
export function readerOf({ services, show }: CommandContext): Reader {
  const { settings, clock, record } = services;
  return { show, catalogue: record.catalogue, now: clock.now(), timeZone: settings.get(timeZone) };
}

/** The same for certain entries: of whom they have only a number, the name that is known today is looked up. */
export async function readerFor(context: CommandContext, items: readonly AuditItem[]): Promise<Reader> {
  return { ...readerOf(context), nameOf: await namesIn(items, context.services.people) };
}

/** A query as this person wrote it after a command; nothing is everything. */
export function queryOf(context: CommandContext, text: string | null, command = 'audit list'): ReadQuery {
  const { services, person } = context;
  const { now, timeZone: zone } = readerOf(context);
  const { catalogue } = services.record;
  return readQuery(text ?? '', { now, timeZone: zone, catalogue, me: person.address, command });
}

/** One event, or an error that says why there is none. */
export async function itemOf({ services }: CommandContext, number: number): Promise<AuditItem> {
  const { repository, store, ledger } = services.record;
  const item = await repository.getBySeq(number);
  if (item !== null) return item;
  const head = await readHead(store.read, ledger.tenant);
  const [first, last] = [(head?.anchor.size ?? 0) + 1, head?.size ?? 0];
  throw new UserError({
    code: 'NO_SUCH_CASE',
    message:
      number < first
        ? `#${number} was removed by retention; the record begins with #${first}.`
        : `There is no #${number}; the newest is #${last}.`,
    example: `audit show ${Math.max(1, last)}`,
  });
}
