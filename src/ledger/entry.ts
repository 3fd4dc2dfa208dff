/**
 * The shape of one ledger entry: a public part that stays for ever and two private parts, each of which
 * can be erased without disturbing the tree. `docs/ledger-format.md` is the contract.
 */

/** Who did it. Erased as one. Kept in the order in which canonical JSON sorts them. */
export const ACTOR_FIELDS = [
  'actorId',
  'actorName',
  'actorPhone',
  'actorRole',
  'ip',
  'scopes',
  'userAgent',
] as const;

/** Whom and what it concerned, and its content. Erased as one. Sorted as canonical JSON sorts them. */
export const REST_FIELDS = [
  'after',
  'before',
  'chatId',
  'description',
  'entityId',
  'error',
  'messageKey',
  'metadata',
  'method',
  'reason',
  'requestId',
  'route',
  'status',
] as const;

/** What stays for ever. Sorted as canonical JSON sorts them. */
export const PUBLIC_FIELDS = [
  'action',
  'actorCommitment',
  'actorType',
  'at',
  'category',
  'channel',
  'entityType',
  'id',
  'outcome',
  'restCommitment',
  'seq',
  'tenant',
  'v',
  'verb',
] as const;

export type ActorField = (typeof ACTOR_FIELDS)[number];
export type RestField = (typeof REST_FIELDS)[number];

/** Values are strings or integers; what is null is left out. */
export type ActorPart = { [K in ActorField]?: string };
export type RestPart = { [K in Exclude<RestField, 'status'>]?: string } & { status?: number };

/** What the public part holds before its place in the ledger and its commitments are known. */
export interface PublicDraft {
  v: 1;
  id: string;
  tenant: string;
  at: number;
  category: string;
  action: string;
  verb: string;
  outcome: string;
  actorType: string;
  entityType: string | null;
  channel: string;
}

export interface PublicPart extends PublicDraft {
  seq: number;
  actorCommitment: string;
  restCommitment: string;
}

/** One entry as it is stored, exported and verified. A private part and its salt are null once erased. */
export interface Entry {
  public: PublicPart;
  actor: ActorPart | null;
  actorSalt: Uint8Array | null;
  rest: RestPart | null;
  restSalt: Uint8Array | null;
  leaf: Uint8Array;
  erasedAt: number | null;
}
