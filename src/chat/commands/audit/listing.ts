import type { AuditFilter } from '../../../audit/query/filter.js';
import type { CommandContext } from '../../command.js';
import type { Reply } from '../../reply.js';
import { entryLine } from '../../sentence.js';
import { code, joined, lines, say, type Text } from '../../text.js';
import { readerFor } from './around.js';

/** As many as fit on a phone without much scrolling. */
const A_PAGE = 10;

export interface Listing {
  readonly filter: AuditFilter;
  /** The stretch of time as it was understood. */
  readonly range: string;
  /** What it is a list of, where that is not plain from what was asked. */
  readonly title?: Text | undefined;
}

/** Entries newest first, a page of them; `audit next` in the same chat gives the one after it. */
export function listing(context: CommandContext, asked: Listing): Promise<Reply> {
  return pageOf(context, asked, null);
}

async function pageOf(context: CommandContext, asked: Listing, before: number | null): Promise<Reply> {
  const { services, person, message, prefix } = context;
  const { record, pages } = services;
  const { items, next } = await record.repository.query(asked.filter, {
    limit: A_PAGE,
    ...(before !== null && { before }),
  });
  const reader = await readerFor(context, items);
  if (next === null) pages.forget(person, message.chat.id);
  else pages.remember(person, message.chat.id, () => pageOf(context, asked, next));
  return {
    text: lines(
      before === null && headOf(asked),
      ...items.map((item) => entryLine(item, reader)),
      items.length === 0 && (before === null ? say`Nothing was found.` : say`That was all.`),
      next !== null && say`More: ${code(`${prefix}audit next`)}`,
    ),
    rows: items.length,
  };
}

/** What was understood; nothing where that is everything. */
function headOf({ title, range }: Listing): Text | null {
  const isBounded = range !== 'everything';
  if (title === undefined && !isBounded) return null;
  return joined([title, isBounded && range], ' · ');
}
