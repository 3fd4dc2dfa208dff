import { ACTOR_PHONE_FORMS, actorTypeOf, isActorPhone } from '../../audit/actorPhone.js';
import type { ActorType, EventContent, Outcome } from '../../audit/catalogue/action.js';
import type { Catalogue } from '../../audit/catalogue/catalogue.js';
import { nearest } from '../../config/nearest.js';
import { UserError } from '../../config/userError.js';
import { ACTOR_FIELDS, REST_FIELDS } from '../../ledger/entry.js';
import { parseStrict } from '../../ledger/json.js';
import { holdsRepeatedMember } from './repeated.js';

/** Decided by the catalogue: may be said, must agree. */
const DECIDED = ['category', 'verb', 'entityType'] as const;
/** Decided by the ledger: never given. */
const REFUSED = [
  'seq',
  'tenant',
  'v',
  'actorCommitment',
  'restCommitment',
  'actorSalt',
  'restSalt',
  'leaf',
  'erasedAt',
];
const PUBLIC = ['action', 'id', 'at', 'actorType', 'outcome', 'channel'] as const;
const KNOWN = [...PUBLIC, ...DECIDED, ...ACTOR_FIELDS, ...REST_FIELDS];

/** One event as a line of JSON gives it, checked: an action of the catalogue and its content. */
export function readEvent(
  text: string,
  catalogue: Catalogue,
  now: number,
): { action: string; content: EventContent } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's own message quotes the line, which may hold anything.
    const parsed = parseStrict(text);
    throw bad('BAD_JSON', `The line is no JSON: ${parsed.ok ? 'it cannot be read' : shortened(parsed.why)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad('BAD_JSON', 'The line is JSON, but no object.');
  }
  if (holdsRepeatedMember(text, value)) {
    const strict = parseStrict(text);
    throw bad(
      'REPEATED_MEMBER',
      `${strict.ok ? 'A member is there twice' : sentence(shortened(strict.why))}: the line could be read in two ways.`,
    );
  }
  const event = value as Record<string, unknown>;
  for (const name of Object.keys(event)) demandKnown(name);
  const action = catalogue.get(textOf(event, 'action') ?? missing('action'));
  for (const name of DECIDED) {
    const given = event[name];
    if (given === undefined || given === null || given === action[name]) continue;
    throw bad(
      'NOT_THE_CATALOGUES',
      `${name} is ${shortened(JSON.stringify(given))}, but ${action.name} has ${JSON.stringify(action[name])}: leave it out, or give that.`,
    );
  }
  const at = event.at === null ? undefined : event.at;
  if (at !== undefined && !(Number.isSafeInteger(at) && (at as number) >= 0)) {
    throw bad('BAD_TIME', 'at is not a whole number of milliseconds since 1970.', `"at":${now}`);
  }
  if (at !== undefined && (at as number) > now) {
    throw bad('IN_THE_FUTURE', 'at lies in the future.', `"at":${now}`);
  }
  const phone = textOf(event, 'actorPhone');
  if (phone !== undefined && !isActorPhone(phone)) {
    throw bad('BAD_PHONE', `actorPhone must be one of ${ACTOR_PHONE_FORMS}.`, '"actorPhone":"+12025550100"');
  }
  const actorId = textOf(event, 'actorId');
  const actorName = textOf(event, 'actorName');
  const actorType =
    (textOf(event, 'actorType') as ActorType | undefined) ??
    actorTypeOf({ id: actorId, phone, name: actorName });
  if (phone === undefined && actorType === 'user') {
    throw bad(
      'PHONE_MISSING',
      `actorPhone is missing: of a user it must be one of ${ACTOR_PHONE_FORMS}. An actor without a telephone has the actorType system or agent, and SYSTEM as actorPhone.`,
      '"actorPhone":"+12025550100"',
    );
  }
  const status = event.status === null ? undefined : event.status;
  if (status !== undefined && !Number.isSafeInteger(status)) {
    throw bad('BAD_STATUS', 'status is not a whole number.', '"status":403');
  }
  const content: EventContent = {
    actor: {
      id: actorId,
      phone: phone ?? 'SYSTEM',
      name: actorName,
      role: textOf(event, 'actorRole'),
    },
    actorType,
    outcome: textOf(event, 'outcome') as Outcome | undefined,
    channel: (textOf(event, 'channel') as 'cli' | undefined) ?? 'cli',
    at: at as number | undefined,
    id: textOf(event, 'id')?.toLowerCase(),
    status: status as number | undefined,
    scopes: scopesOf(event.scopes),
    metadata: event.metadata ?? undefined,
    before: event.before ?? undefined,
    after: event.after ?? undefined,
  };
  const texts = [
    'ip',
    'userAgent',
    'entityId',
    'description',
    'reason',
    'error',
    'chatId',
    'messageKey',
  ] as const;
  for (const name of [...texts, 'requestId', 'route', 'method'] as const) {
    const given = textOf(event, name);
    if (given !== undefined) content[name] = given;
  }
  return { action: action.name, content };
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function demandKnown(name: string): void {
  if (REFUSED.includes(name)) {
    throw bad('NOT_YOURS_TO_SAY', `${name} is decided by the ledger and cannot be given.`);
  }
  if ((KNOWN as string[]).includes(name)) return;
  const near = nearest(name, KNOWN);
  throw bad(
    'UNKNOWN_FIELD',
    `There is no field ${shortened(JSON.stringify(name))}.${near === null ? ` There are: ${KNOWN.join(', ')}.` : ` Did you mean ${near}?`}`,
  );
}

function textOf(event: Record<string, unknown>, name: string): string | undefined {
  const value = event[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw bad('NOT_TEXT', `${name} is not a text.`, `"${name}":"…"`);
}

function scopesOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((scope) => typeof scope === 'string')) return value;
  throw bad('BAD_SCOPES', 'scopes is not a list of texts.', '"scopes":["audit:read"]');
}

function missing(name: string): never {
  throw bad('MISSING', `${name} is missing.`, '"action":"ROLE_CHANGE"');
}

const shortened = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

const bad = (code: string, message: string, example?: string): UserError =>
  new UserError({ code, message, ...(example !== undefined && { example }) });
