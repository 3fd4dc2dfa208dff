import type { Catalogue } from '../audit/catalogue/catalogue.js';
import { wallTime } from '../audit/query/zone.js';
import type { AuditItem } from '../audit/reading/item.js';
import { clipped, masked, type Show } from './masked.js';
import { code, plain, say, type Text } from './text.js';

/** Who reads, and when. */
export interface Reader {
  readonly show: Show;
  readonly catalogue: Pick<Catalogue, 'find'>;
  readonly now: number;
  readonly timeZone: string;
  /** How somebody is called today of whom an entry has only the number. */
  nameOf?(address: string): string | null;
}

/** A line should not be more than two on a phone. */
const LONGEST_NAME = 40;
const LONGEST_VALUE = 40;
const LONGEST_WORDS = 140;
/** Names stand in shorter ones; to look for one in a text of any length could take as long as somebody likes. */
const LONGEST_SEARCHED = 1000;

/**
 * An entry as one line: `#1234 · 14:02 · Ana made Bo OPERATOR`. The day stands with it where that is not today, and
 * the year where that is not this one.
 */
export function entryLine(item: AuditItem, reader: Reader): Text {
  return say`#${item.seq} · ${shortTime(item.at, reader)} · ${sentence(item, reader)}`;
}

/** What happened, in a sentence without its full stop. Numbers are as this audience may see them. */
export function sentence(item: AuditItem, reader: Reader): Text {
  const said = new Telling(item, reader);
  const { suppressed, undoes } = said.metadata;
  const more = typeof suppressed === 'number' ? say` (${suppressed} more times)` : say``;
  const back = typeof undoes === 'number' ? say` (takes back #${undoes})` : say``;
  return say`${core(item, said)}${back}${more}`;
}

function core(item: AuditItem, said: Telling): Text {
  const tell = Object.hasOwn(SENTENCES, item.action) ? SENTENCES[item.action]! : null;
  // Where the private part is gone, only the action itself can be told.
  if (item.description === null && item.erasedAt !== null) return say`${said.meaning()} (erased)`;
  if (item.outcome === 'failure' && !FAILURES.has(item.action)) return failed(item, said);
  const isOwn = item.outcome === 'success' || REFUSALS.has(item.action) || FAILURES.has(item.action);
  const told = isOwn ? (tell?.(said) ?? null) : null;
  if (told !== null) return told;
  if (item.outcome === 'denied') return say`${said.who} was refused: ${said.description()}`;
  if (item.outcome === 'ignored') return say`Ignored: ${said.description()}`;
  return said.isNamed() ? said.description() : say`${said.description()} (${said.who})`;
}

function failed(item: AuditItem, said: Telling): Text {
  const cause = item.error === null ? say`` : say` (${said.words(causeWords(item.error), LONGEST_VALUE)})`;
  const command = /^([a-z][a-z0-9 -]{0,63}) failed$/.exec(item.description ?? '')?.[1];
  if (command !== undefined) return say`${said.who} tried ${code(command)}, which failed${cause}`;
  return say`${said.who} failed: ${said.description()}${cause}`;
}

/** `UNKNOWN_PERSON` is for programs. */
const causeWords = (error: string): string =>
  /^[A-Z]+(_[A-Z]+)+$/.test(error) ? error.toLowerCase().replaceAll('_', ' ') : error;

/** One entry, in the pieces that sentences are made of. */
class Telling {
  readonly item: AuditItem;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  readonly #reader: Reader;

  constructor(item: AuditItem, reader: Reader) {
    this.item = item;
    this.#reader = reader;
    this.metadata = objectOf(item.metadata);
    this.before = objectOf(item.before);
    this.after = objectOf(item.after);
  }

  /** Whoever did it, by the name of then. */
  get who(): Text {
    const { actorName, actorPhone, actorId } = this.item;
    if (actorName !== null && actorName.trim() !== '') return this.words(actorName, LONGEST_NAME);
    const address = actorPhone ?? actorId;
    return address === null ? say`Somebody` : this.shown(address);
  }

  /** It was Reeve itself. */
  get isReeve(): boolean {
    return this.item.actorPhone === 'SYSTEM';
  }

  shown(address: string): Text {
    const name = this.#reader.nameOf?.(address) ?? null;
    if (name !== null) return this.words(name, LONGEST_NAME);
    return /^(\+|lid:|console:|SYSTEM$)/.test(address)
      ? this.#reader.show(address)
      : this.words(address, LONGEST_NAME);
  }

  /** The thing it was done to, as it is found. */
  get entity(): Text {
    return this.item.entityId === null ? say`somebody` : this.shown(this.item.entityId);
  }

  /** Somebody by the name that stands in the description, where the action puts it there; else as an entity. */
  named(pattern: RegExp): Text {
    const text = withoutFlood(this.item.description ?? '');
    const name = text.length > LONGEST_SEARCHED ? undefined : pattern.exec(text)?.[1];
    return name === undefined ? this.entity : this.shown(name);
  }

  words(text: string, longest = LONGEST_VALUE): Text {
    // Masked first: half a number would not be known for one.
    return plain(clipped(String(masked(text, this.#reader.show)), longest));
  }

  value(value: unknown): Text {
    if (value === true) return say`on`;
    if (value === false) return say`off`;
    if (value === null || value === undefined) return say`nothing`;
    return this.words(typeof value === 'string' ? value : JSON.stringify(value));
  }

  description(): Text {
    const { description } = this.item;
    return description === null ? this.meaning() : this.words(withoutFlood(description), LONGEST_WORDS);
  }

  /** What the action is, from the catalogue: for entries that say nothing themselves. */
  meaning(): Text {
    const known = this.#reader.catalogue.find(this.item.action);
    return plain(known?.description ?? this.item.action);
  }

  /** Whether whoever did it need not be named once more. */
  isNamed(): boolean {
    const { description, actorName, actorPhone, actorId } = this.item;
    if (this.isReeve) return true;
    const who = [actorName, actorPhone, actorId].filter((name) => name !== null && name !== '');
    return who.length === 0 || who.some((name) => description?.includes(name!) ?? false);
  }
}

const withoutFlood = (description: string): string => description.replace(/^\d+ more like it: /, '');

function objectOf(json: string | null): Record<string, unknown> {
  if (json === null) return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const RULES: Record<string, string> = {
  active: 'deactivated',
  whitelist: 'not on the whitelist',
  limit: 'over a limit',
  role: 'takes a higher role',
  confirmation: 'not confirmed',
  'direct-chat': 'not in a group',
  'own-role': 'nobody promotes themselves',
  'equal-or-higher': 'not on an equal or higher role',
  'only-owners-make': 'only owners do that',
  'last-owner': 'the last owner stays',
  'unresolved-lid': 'a number that is not known',
};

const LIMITS: Record<string, string> = {
  user: 'the limit of one person',
  chat: 'the limit of the chat',
  everyone: 'the limit of all together',
};

/** Actions that tell of a refusal by what they are. */
const REFUSALS = new Set(['PERMISSION_DENIED', 'RATE_LIMIT_VIOLATION', 'MODERATION_FLAG', 'COMMAND_IGNORED']);

/** Actions that tell of a failure by what they are. */
const FAILURES = new Set(['DELIVERY_FAILED', 'AUDIT_LOSS', 'RETENTION_RUN']);

/** The actions of the module's own whose description is not the best sentence; null falls back on that. */
const SENTENCES: Readonly<Record<string, (said: Telling) => Text | null>> = {
  ROLE_CHANGE: (said) =>
    typeof said.after.role !== 'string'
      ? null
      : say`${said.who} made ${said.named(/^.*? made (.+) \S+ \(was \S+\)$/s)} ${said.words(said.after.role)}`,
  WHITELIST_CHANGE(said) {
    const { enabled, listed } = said.after;
    if (typeof enabled === 'boolean')
      return say`${said.who} switched the whitelist ${enabled ? 'on' : 'off'}`;
    const target = said.named(/^(.+) was (?:added to|removed from) the whitelist$/s);
    if (listed === true) return say`${said.who} put ${target} on the whitelist`;
    return listed === false ? say`${said.who} took ${target} off the whitelist` : null;
  },
  USER_ACTIVATION_CHANGE: (said) =>
    say`${said.who} ${said.after.active === true ? 'activated' : 'deactivated'} ${said.named(/^(.+) was (?:de)?activated$/s)}`,
  IDENTITY_LINK_CHANGE(said) {
    const [old, now] = [said.before.phone, said.after.phone];
    if (typeof now !== 'string')
      return say`${said.who} unlinked ${said.entity}${typeof old === 'string' ? say` from ${said.shown(old)}` : say``}`;
    const was = typeof old === 'string' ? say` (was ${said.shown(old)})` : say``;
    return say`${said.who} linked ${said.entity} to ${said.shown(now)}${was}`;
  },
  PERMISSION_DENIED(said) {
    const { command, rule } = said.metadata;
    const what = typeof command === 'string' ? command : (said.item.entityId ?? 'something');
    const why = typeof rule === 'string' ? say` (${RULES[rule] ?? rule})` : say``;
    return say`${said.who} was refused ${code(String(said.words(what)))}${why}`;
  },
  CONFIG_CHANGE(said) {
    const key = said.item.entityId;
    if (key === null) return null;
    if ('secret' in said.before || 'secret' in said.after) return say`${said.who} changed the secret ${key}`;
    return say`${said.who} set ${said.words(key)} to ${said.value(said.after[key])} (was ${said.value(said.before[key])})`;
  },
  USAGE_QUERY(said) {
    const { entityId, actorId, actorPhone } = said.item;
    const isOwn = entityId === null || entityId === actorId || entityId === actorPhone;
    return isOwn ? say`${said.who} looked at usage` : say`${said.who} looked at the usage of ${said.entity}`;
  },
  AUDIT_LOG_VIEWED(said) {
    const { query } = said.metadata;
    if (typeof query !== 'string' || query === '') return say`${said.who} read the record`;
    return say`${said.who} read the record: ${code(String(said.words(query, 60)))}`;
  },
  AUDIT_LOG_EXPORTED(said) {
    const { format, rows } = said.metadata;
    if (typeof format !== 'string' || typeof rows !== 'number') return null;
    if (format === 'proof') return say`${said.who} took the proof of an entry`;
    return say`${said.who} exported ${rows} ${rows === 1 ? 'entry' : 'entries'} as ${format.toUpperCase()}`;
  },
  COST_THRESHOLD_BREACH: (said) =>
    said.isReeve ? said.description() : say`${said.description()}, by ${said.who}`,
  CONVERSATION_RESET(said) {
    const { entityId, actorId, actorPhone } = said.item;
    const isOwn = entityId === null || entityId === actorId || entityId === actorPhone;
    return isOwn
      ? say`${said.who} cleared a conversation`
      : say`${said.who} cleared the conversation of ${said.entity}`;
  },
  RATE_LIMIT_VIOLATION(said) {
    const limit = said.item.entityId ?? '';
    const which = Object.hasOwn(LIMITS, limit) ? say`${LIMITS[limit]!}` : say`the limit ${said.words(limit)}`;
    return say`${said.who} went over ${which}`;
  },
  MODERATION_FLAG: (said) =>
    say`A message of ${said.who} was flagged as ${said.value(said.metadata.category ?? 'unfit')}`,
  CIRCUIT_BREAKER_CHANGE(said) {
    const { state } = said.after;
    if (typeof state !== 'string' || said.item.entityId === null) return null;
    const breaker = said.words(said.item.entityId);
    if (said.isReeve) {
      const did = { open: 'opened', closed: 'closed', 'half-open': 'began to probe' }[state];
      return did === undefined ? null : say`The breaker ${breaker} ${did}`;
    }
    return say`${said.who} set the breaker ${breaker} to ${said.words(state)}`;
  },
  LIMIT_RESET(said) {
    const { limit } = said.metadata;
    const isOfSomebody = said.item.entityId !== null && said.item.entityId !== limit;
    return isOfSomebody
      ? say`${said.who} set the limits of ${said.entity} back`
      : say`${said.who} set the limit ${said.value(limit)} back`;
  },
  SAVED_SEARCH_CHANGE(said) {
    const did = said.after.query === null ? 'dropped' : said.before.query === null ? 'saved' : 'changed';
    return say`${said.who} ${did} the search ${said.entity}`;
  },
  WATCH_CHANGE(said) {
    if (said.after.watching === true) return say`${said.who} began to watch the record`;
    return said.isReeve
      ? say`The watch of ${said.named(/^The watch of (.+) ended$/s)} ended`
      : say`${said.who} ended a watch of the record`;
  },
  HOLD_CHANGE(said) {
    const { kind } = said.metadata;
    const what = said.item.entityId;
    if (what === null) return null;
    const held =
      kind === 'person'
        ? said.entity
        : kind === 'range'
          ? say`cases ${what}`
          : code(String(said.words(what, 60)));
    return say`${said.who} ${said.after.held === true ? 'laid a hold on' : 'released the hold on'} ${held}`;
  },
  RETENTION_RUN(said) {
    if (said.item.outcome === 'success') return null;
    const why = said.item.reason === null ? say`` : say`: ${said.words(said.item.reason, LONGEST_WORDS)}`;
    return say`Retention removed nothing more${why}`;
  },
  DELIVERY_FAILED: (said) => {
    const what = /^(.+) could not be delivered$/s.exec(withoutFlood(said.item.description ?? ''))?.[1];
    if (what === undefined) return null;
    return say`${said.words(what.charAt(0).toUpperCase() + what.slice(1), 60)} could not be delivered to ${said.entity}`;
  },
  COMMAND_IGNORED(said) {
    const why = said.item.reason === null ? say`` : say`: ${said.words(said.item.reason, 60)}`;
    return say`${code(String(said.entity))} of ${said.who} was not run${why}`;
  },
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface When {
  readonly now: number;
  readonly timeZone: string;
}

/** `14:02` of today, `3 Nov 14:02` of this year, `3 Nov 2030 14:02`. */
export function shortTime(at: number, when: When): Text {
  const isToday = wallText(at, when).slice(0, 10) === wallText(when.now, when).slice(0, 10);
  return isToday ? plain(wallText(at, when).slice(11, 16)) : dayTime(at, when);
}

/** The same, with its day also where that is today. */
export function dayTime(at: number, when: When): Text {
  const then = wallText(at, when);
  const year = then.slice(0, 4);
  const day = `${Number(then.slice(8, 10))} ${MONTHS[Number(then.slice(5, 7)) - 1]}`;
  const isThisYear = wallText(when.now, when).startsWith(year);
  return plain(`${day}${isThisYear ? '' : ` ${year}`} ${then.slice(11, 16)}`);
}

const wallText = (at: number, { timeZone }: When): string => new Date(wallTime(at, timeZone)).toISOString();
