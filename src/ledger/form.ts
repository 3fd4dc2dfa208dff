/**
 * The form of an entry: which members it has, of which types, after which patterns. Only what the format says
 * is checked here: verbs, outcomes and channels are just strings to a verifier.
 */
import {
  ACTOR_FIELDS,
  type ActorPart,
  type Entry,
  PUBLIC_FIELDS,
  type PublicPart,
  REST_FIELDS,
} from './entry.js';
import { isCleanText } from './json.js';
import { kindOf } from './kind.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const COMMITMENT = /^[0-9a-f]{64}$/;
const HASH_HEX = /^[0-9a-f]{64}$/i;

const PUBLIC_NAMES: ReadonlySet<string> = new Set(PUBLIC_FIELDS);
const ACTOR_NAMES: ReadonlySet<string> = new Set(ACTOR_FIELDS);
const REST_NAMES: ReadonlySet<string> = new Set(REST_FIELDS);
const ENTRY_NAMES: ReadonlySet<string> = new Set([
  'public',
  'actor',
  'actorSalt',
  'rest',
  'restSalt',
  'leaf',
  'erasedAt',
]);

/** What is wrong with the form of the public part in a ledger of that tenant, or null. */
export function publicProblem(part: PublicPart, tenant: string): string | null {
  if (!Number.isSafeInteger(part.seq) || part.seq < 1) return 'seq is not a number from 1 on';
  if (part.tenant !== tenant) return 'tenant is not that of this ledger';
  if (typeof part.id !== 'string' || !UUID.test(part.id)) return 'id is not a UUID';
  if (!Number.isSafeInteger(part.at)) return 'at is not an integer within ±(2^53 − 1)';
  return kindOf(part).problem;
}

/** 64 lower-case hex digits. Where the part is there, comparing is check enough. */
export function isCommitment(value: unknown): boolean {
  return typeof value === 'string' && COMMITMENT.test(value);
}

/** The name of a string in a private part that holds U+0000 or a lone surrogate, or null. */
export function uncleanField(part: object): string | null {
  for (const [name, value] of Object.entries(part)) {
    if (typeof value === 'string' && !isCleanText(value)) return name;
  }
  return null;
}

/**
 * An entry from the parsed JSON of a bundle line (without its `type`) or of a proof, or why it is none.
 * Members and their types are checked here; `entryProblem` checks the rest.
 */
export function entryFromJson(value: unknown): Entry | string {
  if (!isObject(value)) return 'an entry is an object';
  const members = membersProblem(value, ENTRY_NAMES, '', true);
  if (members !== null) return members;
  const { public: pub, actor, rest, erasedAt } = value;
  if (!isObject(pub)) return 'public is not an object';
  const why =
    membersProblem(pub, PUBLIC_NAMES, 'public.', true) ??
    partProblem(actor, ACTOR_NAMES, 'actor') ??
    partProblem(rest, REST_NAMES, 'rest');
  if (why !== null) return why;
  const actorSalt = bytesOrNull(value.actorSalt);
  const restSalt = bytesOrNull(value.restSalt);
  const leaf = bytesOrNull(value.leaf);
  if (actorSalt === undefined) return 'actorSalt is not 32 bytes in hex';
  if (restSalt === undefined) return 'restSalt is not 32 bytes in hex';
  if (leaf === undefined || leaf === null) return 'leaf is not 32 bytes in hex';
  if (erasedAt !== null && !Number.isSafeInteger(erasedAt)) return 'erasedAt is neither null nor an integer';
  return {
    public: pub as unknown as PublicPart,
    actor: actor as ActorPart | null,
    actorSalt,
    rest: rest as Entry['rest'],
    restSalt,
    leaf,
    erasedAt: erasedAt as number | null,
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An unknown member or, where all are required, a missing one. */
function membersProblem(
  value: Record<string, unknown>,
  names: ReadonlySet<string>,
  prefix: string,
  all: boolean,
): string | null {
  const keys = Object.keys(value);
  for (const key of keys) {
    if (!names.has(key)) return `it has an unknown member ${JSON.stringify(prefix + key)}`;
  }
  if (!all || keys.length === names.size) return null;
  const missing = [...names].find((name) => !Object.hasOwn(value, name));
  return `its member ${JSON.stringify(prefix + missing)} is missing`;
}

/** A private part holds strings, and an integer as `status`; what is null is left out, not written. */
function partProblem(part: unknown, names: ReadonlySet<string>, name: string): string | null {
  if (part === null) return null;
  if (!isObject(part)) return `${name} is neither null nor an object`;
  const members = membersProblem(part, names, `${name}.`, false);
  if (members !== null) return members;
  for (const key of Object.keys(part)) {
    const value = part[key];
    if (key === 'status' ? !Number.isSafeInteger(value) : typeof value !== 'string') {
      return `${name}.${key} is of the wrong type`;
    }
  }
  return null;
}

/** 32 bytes, null, or undefined for anything else. */
function bytesOrNull(value: unknown): Buffer | null | undefined {
  if (value === null) return null;
  return hashFromHex(value) ?? undefined;
}

export function hashFromHex(value: unknown): Buffer | null {
  return typeof value === 'string' && HASH_HEX.test(value) ? Buffer.from(value, 'hex') : null;
}
