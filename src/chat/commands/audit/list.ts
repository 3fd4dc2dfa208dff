import { BUILT_IN_ACTIONS } from '../../../audit/catalogue/builtIn.js';
import { emptyFilter } from '../../../audit/query/filter.js';
import { wordsOf } from '../../../audit/query/matches.js';
import { UserError } from '../../../config/userError.js';
import { optional, person, rest, word } from '../../argument.js';
import { defineCommand } from '../../command.js';
import { concerning } from '../../concerning.js';
import { say } from '../../text.js';
import { queryOf } from './around.js';
import { listing } from './listing.js';

const READS = { reads: 'AUDIT_LOG_VIEWED' } as const;

export const list = defineCommand({
  name: 'audit list',
  aliases: ['audit query'],
  group: 'Record',
  summary: 'The record, newest first, all of it or what a query finds',
  role: 'ADMIN',
  leaves: READS,
  args: { query: optional(rest('field')) },
  examples: ['audit list', 'audit list -outcome:success since:7d', 'audit list actor:me "left the company"'],
  handle: async (context, { query }) => listing(context, queryOf(context, query)),
});

export const next = defineCommand({
  name: 'audit next',
  group: 'Record',
  summary: 'Goes on with the list you read last in this chat',
  role: 'ADMIN',
  leaves: READS,
  args: {},
  examples: ['audit next'],
  handle: ({ services, person, message }) => services.pages.next(person, message.chat.id),
});

export const user = defineCommand({
  name: 'audit user',
  group: 'Record',
  summary: 'What somebody did, and what was done to them',
  role: 'ADMIN',
  leaves: READS,
  args: { person: person(), query: optional(rest('field')) },
  examples: ['audit user @Bo', 'audit user me since:7d', 'audit user +12025550101 outcome:denied'],
  async handle(context, { person: who, query }) {
    const { filter, range } = queryOf(context, query, 'audit user me');
    const term = await concerning(who, context.services.identities);
    const title = say`By or about ${context.show(who)}`;
    return listing(context, { filter: { ...filter, terms: [...filter.terms, term] }, range, title });
  },
});

const unique = (names: readonly string[]): string[] => [...new Set(names)];

export const category = defineCommand({
  name: 'audit category',
  group: 'Record',
  summary: 'What belongs to a category',
  role: 'ADMIN',
  leaves: READS,
  args: {
    category: word(
      (text) => ({ ok: true, value: text }),
      unique(BUILT_IN_ACTIONS.map((one) => one.category)),
    ),
    query: optional(rest('field')),
  },
  examples: ['audit category security', 'audit category admin since:today'],
  handle: async (context, values) =>
    listing(context, queryOf(context, `category:${fieldValue(values.category)} ${values.query ?? ''}`)),
});

export const action = defineCommand({
  name: 'audit action',
  group: 'Record',
  summary: 'What was done in one way: an action, or all whose names begin alike',
  role: 'ADMIN',
  leaves: READS,
  args: {
    action: word(
      (text) => ({ ok: true, value: text }),
      BUILT_IN_ACTIONS.map((one) => one.name),
    ),
    query: optional(rest('field')),
  },
  examples: ['audit action role.change', 'audit action role.* since:7d'],
  handle: async (context, values) =>
    listing(context, queryOf(context, `action:${fieldValue(values.action)} ${values.query ?? ''}`)),
});

/** As it was written; in quotation marks where it would else be read as more than one value. */
const fieldValue = (text: string): string =>
  /^[\w.*,-]+$/.test(text) ? text : `"${text.replace(/["“”„‟«»＂\\]/g, '')}"`;

/** More words than these are a text that was pasted here by mistake. */
const MOST_WORDS = 50;

export const search = defineCommand({
  name: 'audit search',
  group: 'Record',
  summary: 'Events in which all these words occur; several in quotation marks stand together',
  role: 'ADMIN',
  leaves: READS,
  args: { text: rest() },
  examples: ['audit search whitelist', 'audit search "left the company"'],
  handle: async (context, { text }) =>
    listing(context, { filter: { ...emptyFilter(), text: phrasesOf(text) }, range: 'everything' }),
});

/** Here a colon or a minus is just what stands in the text: what is looked for need not be a good query. */
function phrasesOf(text: string): string[] {
  const pieces = text.match(/["“„«][^"“”„«»]*["”“»]|\S+/g) ?? [];
  const phrases = pieces.filter((piece) => wordsOf(piece).length > 0);
  if (phrases.length > 0 && phrases.length <= MOST_WORDS) return phrases;
  throw new UserError({
    code: 'BAD_SEARCH',
    message:
      phrases.length === 0
        ? 'There is no letter or digit to look for.'
        : `At most ${MOST_WORDS} words can be looked for at once, and these are ${phrases.length}.`,
    example: 'audit search whitelist',
  });
}
