import {
  ACTOR_FIELDS,
  type ActorPart,
  type Entry,
  PUBLIC_FIELDS,
  type PublicPart,
  REST_FIELDS,
  type RestPart,
} from '../ledger/entry.js';
import type { BulkTable, SqlValue } from '../store/sql.js';

/** Every column of AuditLog. A row travels as a plain array in this order, which is what bulk work can afford. */
export const AUDIT_COLUMNS = [
  ...PUBLIC_FIELDS,
  ...ACTOR_FIELDS,
  ...REST_FIELDS,
  'actorSalt',
  'restSalt',
  'leaf',
  'erasedAt',
] as const;

export type AuditColumn = (typeof AUDIT_COLUMNS)[number];

export const AUDIT_TABLE: BulkTable = {
  name: 'AuditLog',
  columns: AUDIT_COLUMNS,
  types: {
    seq: 'integer',
    v: 'integer',
    at: 'integer',
    status: 'integer',
    erasedAt: 'integer',
    actorSalt: 'blob',
    restSalt: 'blob',
    leaf: 'blob',
  },
};

export const AT = Object.fromEntries(AUDIT_COLUMNS.map((name, index) => [name, index])) as Record<
  AuditColumn,
  number
>;

export type AuditRow = SqlValue[];

/**
 * A row as the ledger's entry. An erased part is null; a part is erased when its salt is gone and so are all of
 * its fields. A row in any other half-erased state becomes an entry that verification calls altered.
 */
export function rowToEntry(row: AuditRow): Entry {
  const actor = part<ActorPart>(row, ACTOR_FIELDS, AT.actorId);
  const rest = part<RestPart>(row, REST_FIELDS, AT.after);
  const actorSalt = row[AT.actorSalt] as Uint8Array | null;
  const restSalt = row[AT.restSalt] as Uint8Array | null;
  return {
    public: rowToPublic(row),
    actor: actorSalt === null && isEmpty(actor) ? null : actor,
    actorSalt,
    rest: restSalt === null && isEmpty(rest) ? null : rest,
    restSalt,
    leaf: row[AT.leaf] as Uint8Array,
    erasedAt: row[AT.erasedAt] as number | null,
  };
}

/** The public part of a row; the public columns alone are enough of a row for that. */
export function rowToPublic(row: AuditRow): PublicPart {
  return {
    v: row[AT.v] as 1,
    id: row[AT.id] as string,
    tenant: row[AT.tenant] as string,
    seq: row[AT.seq] as number,
    at: row[AT.at] as number,
    category: row[AT.category] as string,
    action: row[AT.action] as string,
    verb: row[AT.verb] as string,
    outcome: row[AT.outcome] as string,
    actorType: row[AT.actorType] as string,
    entityType: row[AT.entityType] as string | null,
    channel: row[AT.channel] as string,
    actorCommitment: row[AT.actorCommitment] as string,
    restCommitment: row[AT.restCommitment] as string,
  };
}

function part<P extends object>(row: AuditRow, fields: readonly string[], start: number): P {
  const result: Record<string, SqlValue> = {};
  for (let i = 0; i < fields.length; i++) {
    const value = row[start + i];
    if (value !== null && value !== undefined) result[fields[i]!] = value;
  }
  return result as P;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
