/** Made-up entries for the tests and the published vectors: everything follows from the entry's number. */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { ActorPart, Entry, PublicPart, RestPart } from '../../src/ledger/entry.js';
import { actorText, commit, leafHash, publicText, restText } from '../../src/ledger/seal.js';

export const TENANT = 'default';
export const ORIGIN = `reeve/example/${TENANT}`;
/** 2026-01-05T08:00:00Z */
const FIRST_AT = 1_767_600_000_000;

export interface Changes {
  public?: Partial<PublicPart>;
  actor?: ActorPart;
  rest?: RestPart;
}

/** Sealed like a real one, whatever is changed. */
export function sampleEntry(seq: number, changes: Changes = {}): Entry {
  const actor: ActorPart = changes.actor ?? {
    actorId: 'u1',
    actorName: 'Ada Example',
    actorPhone: '+12025550101',
    actorRole: 'ADMIN',
  };
  const rest: RestPart = changes.rest ?? {
    after: '{"role":"OPERATOR"}',
    before: '{"role":"USER"}',
    chatId: 'chat-1',
    description: `Ada Example made Ben Example an OPERATOR (${seq})`,
    entityId: 'u2',
    messageKey: `chat-1/${seq}`,
    metadata: '{"newRole":"OPERATOR","oldRole":"USER"}',
  };
  const actorSalt = fixedBytes(`actor salt ${seq}`);
  const restSalt = fixedBytes(`rest salt ${seq}`);
  const pub: PublicPart = {
    v: 1,
    id: uuid(seq),
    tenant: TENANT,
    seq,
    at: FIRST_AT + seq * 60_000,
    category: 'ADMIN',
    action: 'ROLE_CHANGE',
    verb: 'UPDATE',
    outcome: 'success',
    actorType: 'user',
    entityType: 'user',
    channel: 'whatsapp',
    actorCommitment: commit(actorSalt, actorText(actor)),
    restCommitment: commit(restSalt, restText(rest)),
    ...changes.public,
  };
  return { public: pub, actor, actorSalt, rest, restSalt, leaf: leafOf(pub), erasedAt: null };
}

/** The leaf, or zeros where the public part is too broken to have one. */
function leafOf(pub: PublicPart): Buffer {
  try {
    return leafHash(publicText(pub));
  } catch {
    return Buffer.alloc(32);
  }
}

/** A key that everybody knows, for tests and vectors only. */
export function knownKey(label: string): KeyObject {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fixedBytes(label)]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

export function fixedBytes(label: string): Buffer {
  return createHash('sha256').update(`reeve example ${label}`).digest();
}

function uuid(seq: number): string {
  const hex = fixedBytes(`id ${seq}`).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
