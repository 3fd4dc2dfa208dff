import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { AuditRecord } from '../../../src/audit/record.js';

/** Somebody of whom nothing may be left: digits of the phone and of LIDs, and words of the name, all unmistakable. */
export interface Traced {
  readonly phone: string;
  readonly name?: string;
  readonly lid?: string;
  /** Words that give them away by themselves, as they may stand anywhere. */
  readonly words: readonly string[];
}

/** What is looked for, and as which bytes. */
export interface Trace {
  readonly label: string;
  readonly bytes: Buffer;
}

/** Words as they may stand in a file, and nothing else of somebody. */
export const wordTraces = (words: readonly string[]): Trace[] =>
  words.flatMap((word) => [
    { label: word, bytes: Buffer.from(word) },
    { label: `${word} in two-byte signs`, bytes: Buffer.from(word, 'utf16le') },
  ]);

/** Every spelling under which somebody may be known, and the digests of each in every form that is common for one. */
export function tracesOf({ phone, name, lid, words }: Traced): Trace[] {
  const spellings = [
    ...[phone, `+${phone}`, `${phone}@c.us`, `${phone}@s.whatsapp.net`],
    ...(lid === undefined ? [] : [lid, `lid:${lid}`, `${lid}@lid`]),
    ...(name === undefined ? [] : [name, name.toLowerCase()]),
  ];
  return [
    ...wordTraces(words),
    ...spellings.flatMap((text) =>
      formsOf(createHash('sha256').update(text).digest(), `the SHA-256 of ${text}`),
    ),
  ];
}

/** What the inbox keeps of a message: a hash with a secret of the installation, which lies in the database. */
export async function keyTraces(
  { store }: AuditRecord,
  messages: readonly { channel: string; key: string }[],
): Promise<Trace[]> {
  const row = await store.read.get<{ value: string }>(
    `SELECT "value" FROM "InstallationSecret" WHERE "name" = 'inbox'`,
  );
  return messages.flatMap(({ channel, key }) =>
    formsOf(
      createHmac('sha256', row!.value).update(`${channel}\n${key}\n`).digest(),
      `the keyed hash of ${key}`,
    ),
  );
}

function formsOf(digest: Buffer, label: string): Trace[] {
  const hex = digest.toString('hex');
  return [
    { label: `${label}, raw`, bytes: digest },
    { label: `${label}, in hex`, bytes: Buffer.from(hex) },
    { label: `${label}, in HEX`, bytes: Buffer.from(hex.toUpperCase()) },
    // Without what may stand at its end.
    { label: `${label}, in Base64`, bytes: Buffer.from(digest.toString('base64').replace(/=+$/, '')) },
    { label: `${label}, in Base64url`, bytes: Buffer.from(digest.toString('base64url')) },
  ];
}

/** Where in the files of a folder one of the traces is; what is packed is looked into as well. */
export function tracesIn(folder: string, traces: readonly Trace[]): string[] {
  return filesBelow(folder).flatMap((path) => {
    const bytes = readFileSync(path);
    const contents = isPacked(bytes) ? [bytes, unpacked(bytes)] : [bytes];
    return traces
      .filter((trace) => contents.some((content) => content.includes(trace.bytes)))
      .map(({ label }) => `${path}: ${label}`);
  });
}

const isPacked = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** As far as it goes: a kill may have left the rest unwritten. */
function unpacked(bytes: Buffer): Buffer {
  return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Where in the tables of a database one of the traces is, read value by value as bytes. */
export async function tracesInRows(
  { store }: Pick<AuditRecord, 'store'>,
  traces: readonly Trace[],
): Promise<string[]> {
  const { read, dialect } = store;
  const tables = await read.all<{ name: string }>(
    dialect === 'sqlite'
      ? `SELECT '"' || name || '"' AS "name" FROM sqlite_master WHERE type = 'table'`
      : `SELECT format('%I.%I', schemaname, tablename) AS "name" FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
         UNION ALL SELECT 'pg_catalog.pg_stats'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await read.all<Record<string, unknown>>(`SELECT * FROM ${name}`);
    const bytes = Buffer.concat(rows.flatMap((row) => Object.values(row).map(bytesOf)));
    found.push(
      ...traces.filter((trace) => bytes.includes(trace.bytes)).map(({ label }) => `${name}: ${label}`),
    );
  }
  return found;
}

const END = Buffer.from([0]);

function bytesOf(value: unknown): Buffer {
  if (value instanceof Uint8Array) return Buffer.concat([value, END]);
  if (Array.isArray(value)) return Buffer.concat(value.map(bytesOf));
  return Buffer.from(`${typeof value === 'string' ? value : JSON.stringify(value)}\0`);
}
