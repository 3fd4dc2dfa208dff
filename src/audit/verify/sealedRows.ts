/**
 * Rows on their way to verification, in the cheapest form that keeps every byte and every type.
 *
 * SQLite's driver makes an object of its own for each blob, and three blobs cost it as much as all the texts. So the
 * two salts and the leaf of a row travel as one text of hexadecimal digits, and are written into buffers that every
 * row uses again. Only what really is three blobs of the right lengths travels so; anything else keeps its type in
 * the text, and comes out as something that verification calls altered.
 */
import type { Entry } from '../../ledger/entry.js';
import { quoted, type Reads, type SqlValue } from '../../store/sql.js';
import { type Scan, scanSelected } from '../ledgerRows.js';
import { AT, AUDIT_COLUMNS, type AuditRow, rowToEntry } from '../table.js';
import type { Piece } from './pieces.js';

/**
 * So few rows at a time that they stay in the processor's cache, and are forgotten before the garbage collector has
 * moved them twice.
 */
const FEW = 100;
/** A server is some way off, so that each batch is to be worth the way. */
const MANY = 1000;

const BLOBS = ['actorSalt', 'restSalt', 'leaf'] as const;
const OTHERS = AUDIT_COLUMNS.filter((name) => !(BLOBS as readonly string[]).includes(name));
const ERASED_AT = OTHERS.indexOf('erasedAt');
const DIGITS = OTHERS.length;

const BYTES = 32;
const ALL_DIGITS = 2 * BYTES * BLOBS.length;

const isBlob = (name: string): string => `typeof("${name}") = 'blob' AND length("${name}") = ${BYTES}`;
const spelled = (name: string): string =>
  `CASE typeof("${name}") WHEN 'blob' THEN hex("${name}") WHEN 'null' THEN '-' ELSE '!' END`;

/** Digits alone where all is as it should be; else each blob after a comma, `-` for none, `!` for another type. */
const SELECT = `${quoted(OTHERS)}, CASE WHEN ${BLOBS.map(isBlob).join(' AND ')}
  THEN ${BLOBS.map((name) => `hex("${name}")`).join(' || ')}
  ELSE ${BLOBS.map((name) => `',' || ${spelled(name)}`).join(' || ')} END`;

const bytes = Buffer.alloc(BYTES * BLOBS.length);
const ACTOR_SALT = bytes.subarray(0, BYTES);
const REST_SALT = bytes.subarray(BYTES, 2 * BYTES);
const LEAF = bytes.subarray(2 * BYTES);

/** Hands on a piece's entries in order. Each is to be looked at before the next one comes, and not kept. */
export async function scanSealed(
  reads: Reads,
  tenant: string,
  { after, to }: Piece,
  look: (entry: Entry) => void,
): Promise<void> {
  const isSqlite = reads.dialect === 'sqlite';
  const select = isSqlite ? SELECT : quoted(AUDIT_COLUMNS);
  const scan: Scan = { begin: '"seq" > ?', from: after, to, select, batch: isSqlite ? FEW : MANY };
  for await (const rows of scanSelected(reads, tenant, scan)) {
    for (const row of rows) look(isSqlite ? entryOf(row) : rowToEntry(row));
  }
}

function entryOf(row: AuditRow): Entry {
  const digits = row[DIGITS] as string;
  const erasedAt = row[ERASED_AT]!;
  if (digits.length === ALL_DIGITS && digits.charCodeAt(0) !== COMMA) {
    bytes.write(digits, 'hex');
    row[AT.actorSalt] = ACTOR_SALT;
    row[AT.restSalt] = REST_SALT;
    row[AT.leaf] = LEAF;
  } else {
    const [, actorSalt, restSalt, leaf] = digits.split(',');
    row[AT.actorSalt] = blobOf(actorSalt!);
    row[AT.restSalt] = blobOf(restSalt!);
    row[AT.leaf] = blobOf(leaf!);
  }
  row[AT.erasedAt] = erasedAt;
  return rowToEntry(row);
}

const COMMA = ','.charCodeAt(0);

/** What is of another type is no bytes here either. */
function blobOf(spelling: string): SqlValue {
  if (spelling === '-') return null;
  return spelling === '!' ? spelling : Buffer.from(spelling, 'hex');
}
