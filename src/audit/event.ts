import { randomUUID } from 'node:crypto';
import type { ActorPart, PublicDraft, RestPart } from '../ledger/entry.js';
import { actorTypeOf, withActorPhone } from './actorPhone.js';
import {
  ACTOR_TYPES,
  CHANNELS,
  type EventContent,
  OUTCOMES,
  type Outcome,
  type Person,
} from './catalogue/action.js';
import type { AnyAction } from './catalogue/catalogue.js';
import { Misuse } from './misuse.js';
import { joinedPhone } from './query/values.js';
import { fitText, LEAST_JSON_BYTES, toJsonText } from './redaction/jsonText.js';
import type { Redactor } from './redaction/redactor.js';
import { type Draft, makeDraft } from './writer/draft.js';

/** What an event needs from its surroundings to become a draft. */
export interface EventSettings {
  tenant: string;
  redactor: Redactor;
  /** The most that the private parts of one entry may hold, in bytes. */
  entryMaxBytes: number;
  now(): number;
}

const SHORT_MAX = 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * An event of the catalogue as a draft: secrets masked, texts cleaned, sizes bounded, commitments made. This is
 * the only way into the ledger, so nothing unredacted can be hashed or stored.
 */
export function makeEvent(action: AnyAction, content: EventContent, settings: EventSettings): Draft {
  const { id = randomUUID(), at = settings.now() } = content;
  if (!UUID.test(id)) {
    throw bad('id', 'is not a UUID in lower case', '"id":"0d8f6f0e-6c1c-4a52-9b6a-0d6f3a1c2b3d"');
  }
  if (!Number.isSafeInteger(at) || at < 0) {
    throw bad('at', 'is not a whole number of milliseconds since 1970', `"at":${settings.now()}`);
  }
  const who = personFields(content.actor);
  const actorType = content.actorType ?? actorTypeOf(who);
  const outcome = outcomeOf(content);
  const channel = content.channel ?? 'system';
  oneOf('actorType', actorType, ACTOR_TYPES);
  oneOf('outcome', outcome, OUTCOMES);
  oneOf('channel', channel, CHANNELS);
  const open: PublicDraft = {
    v: 1,
    id,
    tenant: settings.tenant,
    at,
    category: action.category,
    action: action.name,
    verb: action.verb,
    outcome,
    actorType,
    entityType: action.entityType,
    channel,
  };
  const { actor, rest } = boundedParts(content, withActorPhone(who, actorType, channel), settings);
  return makeDraft(open, actor, rest, content.id !== undefined);
}

function boundedParts(
  content: EventContent,
  who: Exclude<Person, string>,
  settings: EventSettings,
): { actor: ActorPart; rest: RestPart } {
  const { redactor, entryMaxBytes } = settings;
  // Short texts get at most a sixteenth of the room each, long ones an eighth, and what is left is for JSON.
  // Some of them are indexed, which PostgreSQL does only up to a third of a page.
  const short = (text: string) =>
    fitText(redactor.redactText(text), Math.min(SHORT_MAX, Math.floor(entryMaxBytes / 16)));
  const words = (text: string) => fitText(redactor.redactText(text), Math.floor(entryMaxBytes / 8));
  const actor: ActorPart = {};
  const rest: RestPart = {};
  const put = <P extends object, K extends keyof P>(
    part: P,
    field: K,
    value: string | null | undefined,
    bound: (text: string) => string,
  ): void => {
    if (value !== undefined && value !== null) part[field] = bound(value) as P[K];
  };
  put(actor, 'actorId', who.id, short);
  put(actor, 'actorPhone', who.phone, short);
  put(actor, 'actorName', who.name, short);
  put(actor, 'actorRole', who.role?.toUpperCase(), short);
  put(actor, 'ip', content.ip, short);
  put(actor, 'userAgent', content.userAgent, short);
  put(rest, 'entityId', content.entityId, short);
  put(rest, 'description', content.description, words);
  put(rest, 'reason', content.reason, words);
  put(rest, 'error', errorText(content.error, redactor), words);
  put(rest, 'chatId', content.chatId, short);
  put(rest, 'messageKey', content.messageKey, short);
  put(rest, 'requestId', content.requestId, short);
  put(rest, 'route', content.route, short);
  put(rest, 'method', content.method, short);
  if (content.status !== undefined && content.status !== null) {
    if (!Number.isSafeInteger(content.status)) throw bad('status', 'is not a whole number', '"status":403');
    rest.status = content.status;
  }
  const pair = redactor.redactPair(content.before, content.after);
  const json: [keyof RestPart | 'scopes', unknown][] = [
    ['scopes', content.scopes === undefined ? undefined : redactor.redact([...content.scopes])],
    ['metadata', redactor.redact(content.metadata)],
    ['before', pair.before],
    ['after', pair.after],
  ];
  const keep = (field: (typeof json)[number][0], text: string): void => {
    if (field === 'scopes') actor.scopes = text;
    else rest[field as 'metadata'] = text;
  };
  let room = entryMaxBytes - byteLength(actor) - byteLength(rest);
  const texts: { field: (typeof json)[number][0]; value: unknown; text: string }[] = [];
  let bytes = 0;
  for (const [field, value] of json) {
    if (value === undefined || value === null) continue;
    const text = toJsonText(value, Math.max(LEAST_JSON_BYTES, room));
    bytes += Buffer.byteLength(text);
    texts.push({ field, value, text });
  }
  if (bytes <= room) {
    for (const { field, text } of texts) keep(field, text);
    return { actor, rest };
  }
  // The smaller ones first, so that only what is really large is shortened.
  texts.sort((a, b) => a.text.length - b.text.length);
  texts.forEach(({ field, value, text }, index) => {
    const share = Math.max(LEAST_JSON_BYTES, Math.floor(room / (texts.length - index)));
    const bounded = Buffer.byteLength(text) <= share ? text : toJsonText(value, share);
    room -= Buffer.byteLength(bounded);
    keep(field, bounded);
  });
  return { actor, rest };
}

function byteLength(part: object): number {
  let bytes = 0;
  for (const value of Object.values(part)) bytes += Buffer.byteLength(String(value));
  return bytes;
}

/** `+49…`, `lid:…`, `SYSTEM` and `console:local` are addresses; any other single word is an id. */
export function personFields(person: Person | undefined): Exclude<Person, string> {
  if (person === undefined) return {};
  if (typeof person !== 'string') {
    return person.phone === undefined ? person : { ...person, phone: storedPhone(person.phone) };
  }
  const isAddress = /^\+[\d ()./-]{6,}$|^lid:\d+$|@(?:c\.us|s\.whatsapp\.net|lid)$|^SYSTEM$|^console:/.test(
    person,
  );
  return isAddress ? { phone: storedPhone(person) } : { id: person };
}

/** A phone number as it is stored, whatever spacing it was given with. */
function storedPhone(phone: string): string {
  if (phone.startsWith('+')) return joinedPhone(phone);
  // As WhatsApp's own libraries hand them out. A LID is digits as well, and never a phone number.
  const [, digits, server] = /^(\d{1,20})(?::\d+)?@(c\.us|s\.whatsapp\.net|lid)$/.exec(phone) ?? [];
  if (digits === undefined) return phone;
  return server === 'lid' ? `lid:${digits}` : `+${digits}`;
}

function errorText(error: unknown, redactor: Redactor): string | undefined {
  if (error === undefined || error === null) return undefined;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return typeof error === 'string' ? error : toJsonText(redactor.redact(error), 4096);
}

function oneOf(field: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw bad(
    field,
    `is ${JSON.stringify(String(value).slice(0, 40))}, not one of ${allowed.join(', ')}`,
    `"${field}":"${allowed[0]}"`,
  );
}

function bad(field: string, what: string, example: string): Misuse {
  return new Misuse({ code: 'BAD_EVENT', message: `${field} ${what}.`, example });
}

/** How it ended: as the content says, else well unless there is an error. */
export function outcomeOf({ outcome, error }: EventContent): Outcome {
  return outcome ?? (error === undefined || error === null ? 'success' : 'failure');
}

/** The content of an event of the catalogue, from its typed payload and its circumstances. */
export function contentOf(action: AnyAction, payload: unknown, context: EventContent): EventContent {
  const parsed = action.payload.safeParse(payload);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('.') || 'the payload';
    throw new Misuse({
      code: 'BAD_PAYLOAD',
      message: `${action.name}: ${path}: ${issue?.message ?? 'does not fit'}.`,
      hint: 'docs/AUDIT_LOGGING.md shows what each action takes.',
    });
  }
  const content = action.event === undefined ? { metadata: parsed.data } : action.event(parsed.data);
  return merged(content, context);
}

/** What the circumstances say wins, but never with "nothing" over something; actors are put together. */
function merged(content: EventContent, context: EventContent): EventContent {
  const result: Record<string, unknown> = { ...content };
  for (const [key, value] of Object.entries(context)) if (value !== undefined) result[key] = value;
  if (content.actor !== undefined && context.actor !== undefined) {
    result.actor = { ...defined(personFields(content.actor)), ...defined(personFields(context.actor)) };
  }
  return result;
}

const defined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
