/**
 * Entries come in few kinds: the eight words of the public part repeat, only numbers, id and commitments change.
 * So a kind's words are checked once and its text is made once, which halves the price of a public text when a
 * million entries are verified.
 */
import type { PublicDraft } from './entry.js';
import { isCleanText, quoted } from './json.js';
import { isTenantName, isTerm } from './names.js';

type Words = Pick<
  PublicDraft,
  'action' | 'actorType' | 'category' | 'channel' | 'entityType' | 'outcome' | 'tenant' | 'verb'
>;

export interface Kind extends Words {
  v: unknown;
  /** What is wrong with the words, or null. */
  problem: string | null;
  /** The pieces of the canonical text between what changes. Null where a word is no string at all. */
  pieces: Pieces | null;
}

export interface Pieces {
  beforeActorCommitment: string;
  beforeAt: string;
  beforeId: string;
  beforeRestCommitment: string;
  end: string;
}

/** By action. Bounded, since a hostile file can have a new kind in every line. */
const kinds = new Map<unknown, Kind[]>();
const ACTIONS_MAX = 500;
const KINDS_AN_ACTION_MAX = 20;

export function kindOf(part: Words & { v: unknown }): Kind {
  const known = kinds.get(part.action);
  if (known !== undefined) for (const kind of known) if (isOfKind(part, kind)) return kind;
  const kind = makeKind(part);
  if (known === undefined) {
    if (kinds.size < ACTIONS_MAX) kinds.set(part.action, [kind]);
  } else if (known.length < KINDS_AN_ACTION_MAX) known.push(kind);
  return kind;
}

function isOfKind(part: Words & { v: unknown }, kind: Kind): boolean {
  return (
    part.category === kind.category &&
    part.verb === kind.verb &&
    part.outcome === kind.outcome &&
    part.channel === kind.channel &&
    part.actorType === kind.actorType &&
    part.entityType === kind.entityType &&
    part.tenant === kind.tenant &&
    part.v === kind.v
  );
}

function makeKind(part: Words & { v: unknown }): Kind {
  const { action, actorType, category, channel, entityType, outcome, tenant, verb, v } = part;
  const words = { action, actorType, category, channel, entityType, outcome, tenant, verb };
  return { ...words, v, problem: problemOf(words, v), pieces: piecesOf(words, v) };
}

function problemOf(words: Words, v: unknown): string | null {
  if (v !== 1) return 'v is not 1';
  if (!isString(words.tenant) || !isTenantName(words.tenant)) return 'tenant is not a valid name';
  if (!isString(words.category) || !isTerm(words.category)) return 'category is not of its pattern';
  if (!isString(words.action) || !isTerm(words.action)) return 'action is not of its pattern';
  if (words.entityType !== null && !(isString(words.entityType) && isTerm(words.entityType))) {
    return 'entityType is neither null nor of its pattern';
  }
  for (const name of ['verb', 'outcome', 'actorType', 'channel'] as const) {
    if (!isString(words[name]) || !isCleanText(words[name])) return `${name} is not a clean string`;
  }
  return null;
}

function piecesOf(words: Words, v: unknown): Pieces | null {
  const { entityType, ...strings } = words;
  if (!Object.values(strings).every(isString) || !(entityType === null || isString(entityType))) return null;
  if (!Number.isSafeInteger(v)) return null;
  const { action, actorType, category, channel, outcome, tenant, verb } = words;
  return {
    beforeActorCommitment: flat(`{"action":${quoted(action)},"actorCommitment":"`),
    beforeAt: flat(`","actorType":${quoted(actorType)},"at":`),
    beforeId: flat(
      `,"category":${quoted(category)},"channel":${quoted(channel)}` +
        `,"entityType":${entityType === null ? 'null' : quoted(entityType)},"id":`,
    ),
    beforeRestCommitment: flat(`,"outcome":${quoted(outcome)},"restCommitment":"`),
    end: flat(`,"tenant":${quoted(tenant)},"v":${v},"verb":${quoted(verb)}}`),
  };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** One piece in memory instead of a rope, so that joining it later is cheap. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
