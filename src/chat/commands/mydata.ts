import { emptyFilter } from '../../audit/query/filter.js';
import { named, optional } from '../argument.js';
import { defineCommand } from '../command.js';
import { concerning } from '../concerning.js';
import { entryLine } from '../sentence.js';
import { shownTo } from '../show.js';
import { code, lines, say } from '../text.js';
import { readerFor } from './audit/around.js';
import { readCase } from './readCase.js';

const A_PAGE = 10;

export const mydata = defineCommand({
  name: 'mydata',
  group: 'Bot',
  summary: 'Shows what the record has about you',
  role: 'USER',
  whoMay: 'Each reads about themselves.',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { before: optional(named(readCase)) },
  examples: ['mydata', 'mydata before:1234'],
  handle: async (context, { before }) => {
    const { services, person, prefix, message } = context;
    const term = await concerning(person, services.identities, [message.sender.address]);
    const filter = { ...emptyFilter(), terms: [term] };
    const page = before === null ? { limit: A_PAGE } : { limit: A_PAGE, before };
    const { items, next } = await services.record.repository.query(filter, page);
    if (items.length === 0)
      return {
        text: before === null ? say`The record has nothing about you.` : say`There is nothing older.`,
        rows: 0,
        isPrivate: true,
      };
    // It goes to the direct chat, wherever it was asked for.
    const direct = { ...context, show: shownTo({ person, isGroup: false }) };
    const reader = await readerFor(direct, items);
    return {
      text: lines(
        say`What you did and what was done to you, newest first:`,
        ...items.map((item) => entryLine(item, reader)),
        next !== null && say`Older: ${code(`${prefix}mydata before:${next}`)}`,
      ),
      rows: items.length,
      isPrivate: true,
    };
  },
});
