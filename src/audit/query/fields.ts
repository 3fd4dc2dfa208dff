/**
 * The fields of the query language: their names, the columns behind them, and what their values look like.
 * Help texts, mistakes and the parser are all made from this one table.
 */
import { ACTOR_TYPES, CHANNELS, OUTCOMES, VERBS } from '../catalogue/action.js';
import type { TextColumn } from './filter.js';

/** How the values of a field are read. */
export type FieldKind =
  /** Text as it is stored. */
  | 'text'
  /** Phone number, `lid:…`, `console:local` or `SYSTEM`. */
  | 'phone'
  /** What `phone` takes, or an id, or a name. */
  | 'actor'
  /** `type:id`, a type or an id. */
  | 'entity'
  /** A name of the catalogue in upper case; `.`, `-`, a space and `_` are one. */
  | 'action'
  /** One of the field's `words`, or any word of its case. */
  | 'word'
  | 'status'
  | 'seq'
  | 'time';

export interface QueryField {
  name: string;
  aliases: readonly string[];
  kind: FieldKind;
  /** The column, for kinds that look at one only. */
  column?: TextColumn;
  /** Upper or lower case, for kind `word`. */
  letters?: 'upper' | 'lower';
  /** All values there are, for kind `word` where the ledger knows no others. */
  words?: readonly string[];
  /** Completes "expected …". */
  takes: string;
  example: string;
}

export const PHONE_FORM =
  'a phone number with + and its country code (7 to 15 digits), lid:<digits>, console:local or SYSTEM';
const TIME_FORM =
  'a time such as 7d, 2h, 30m, 2w, 3mo, 1y, now, today, yesterday, monday, last monday, last week, ' +
  '2026-11-01, 2026-11-01T10:30 or 2026-11-01T10:30:00Z';
const AS_STORED = 'the value as it is stored, or its beginning and a *';

const text = (name: string, column: TextColumn, example: string, aliases: string[] = []): QueryField => ({
  name,
  aliases: name === column ? aliases : [column, ...aliases],
  kind: 'text',
  column,
  takes: AS_STORED,
  example: `${name}:${example}`,
});

const word = (
  name: TextColumn,
  letters: 'upper' | 'lower',
  example: string,
  words?: readonly string[],
): QueryField => ({
  name,
  aliases: [],
  kind: 'word',
  column: name,
  letters,
  ...(words === undefined ? {} : { words }),
  takes: words === undefined ? 'a name, or its beginning and a *' : `one of ${words.join(', ')}`,
  example: `${name}:${example}`,
});

export const QUERY_FIELDS: readonly QueryField[] = [
  {
    name: 'actor',
    aliases: [],
    kind: 'actor',
    takes: `${PHONE_FORM}, an id, or a name`,
    example: 'actor:+12025550100',
  },
  text('user', 'actorId', 'u1'),
  {
    name: 'phone',
    aliases: ['actorPhone'],
    kind: 'phone',
    column: 'actorPhone',
    takes: PHONE_FORM,
    example: 'phone:+12025550100',
  },
  text('name', 'actorName', '"Ana Maria"'),
  { ...word('actorRole', 'upper', 'ADMIN'), name: 'role', aliases: ['actorRole'], example: 'role:ADMIN' },
  word('actorType', 'lower', 'system', ACTOR_TYPES),
  {
    name: 'action',
    aliases: [],
    kind: 'action',
    column: 'action',
    takes: 'the name of an action such as ROLE_CHANGE or role.change, or its beginning and a *',
    example: 'action:role.*',
  },
  word('category', 'upper', 'SECURITY'),
  word('verb', 'upper', 'UPDATE', VERBS),
  word('outcome', 'lower', 'denied', OUTCOMES),
  {
    name: 'entity',
    aliases: [],
    kind: 'entity',
    takes: 'a type, an id, or both as type:id',
    example: 'entity:user:u1',
  },
  text('entityType', 'entityType', 'user'),
  text('entityId', 'entityId', 'u1'),
  word('channel', 'lower', 'whatsapp', CHANNELS),
  text('chat', 'chatId', '"120363000000000000@g.us"'),
  text('message', 'messageKey', 'KEY'),
  text('request', 'requestId', 'req-1'),
  text('ip', 'ip', '192.0.2.*'),
  text('route', 'route', '/audit*'),
  { ...word('method', 'upper', 'POST') },
  {
    name: 'status',
    aliases: [],
    kind: 'status',
    takes: 'a status code, a class such as 4xx, or a range such as 400..499',
    example: 'status:4xx',
  },
  text('id', 'id', '0b7c2f8e*'),
  {
    name: 'seq',
    aliases: ['case'],
    kind: 'seq',
    takes: 'a case number, or a range such as 100..200, 100.. or ..200',
    example: 'seq:100..200',
  },
  { name: 'since', aliases: [], kind: 'time', takes: TIME_FORM, example: 'since:7d' },
  { name: 'until', aliases: [], kind: 'time', takes: TIME_FORM, example: 'until:yesterday' },
];

const byName = new Map<string, QueryField>();
for (const field of QUERY_FIELDS) {
  for (const name of [field.name, ...field.aliases]) byName.set(name.toLowerCase(), field);
}

/** The field of a name or an alias, in upper or lower case. */
export function findField(name: string): QueryField | undefined {
  return byName.get(name.toLowerCase());
}

/** Every name that can stand before a colon, aliases included. */
export const FIELD_NAMES: readonly string[] = QUERY_FIELDS.flatMap((field) => [field.name, ...field.aliases]);

interface NotAField {
  problem: string;
  instead: string;
  nearest: string | null;
  example: string;
}

const asText = (name: string): NotAField => ({
  problem: `"${name}" is no field of its own.`,
  instead: 'its words as free text, in quotation marks where they belong together',
  nearest: null,
  example: '"word of mouth" since:7d',
});
const asSince = (name: string): NotAField => ({
  problem: `"${name}" is no field; a time range is written with since: and until:.`,
  instead: 'since:, until: or both',
  nearest: 'since',
  example: 'since:2026-11-01 until:2026-11-03',
});

/** Names that people will try with good reason, and what to write instead. */
export const NOT_FIELDS: ReadonlyMap<string, NotAField> = new Map([
  [
    'tenant',
    {
      problem: 'The tenant is no part of a query: a query never sees the entries of another tenant.',
      instead: 'a query without it; the tenant is chosen where the program or the command is started',
      nearest: null,
      example: 'action:role.* since:7d',
    },
  ],
  ...['description', 'reason', 'error', 'metadata', 'useragent', 'scopes', 'text'].map(
    (name): [string, NotAField] => [name, asText(name)],
  ),
  ...['created', 'createdat', 'at', 'date', 'time', 'timestamp', 'from', 'after'].map(
    (name): [string, NotAField] => [name, asSince(name)],
  ),
  ...['before', 'to'].map((name): [string, NotAField] => [name, { ...asSince(name), nearest: 'until' }]),
  ...['lid', 'console'].map((name): [string, NotAField] => [
    name,
    {
      problem: `"${name}:" is the beginning of an actor, not a field.`,
      instead: 'actor: or phone: before it',
      nearest: 'actor',
      example: name === 'lid' ? 'actor:lid:100200300' : 'actor:console:local',
    },
  ]),
]);
