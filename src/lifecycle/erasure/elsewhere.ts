/**
 * Copies of the record that are not where this process looks: an archive or a mirror that was switched off since, that
 * lies in another folder now, or whose configuration was not read. Whoever is erased is in them still, so the
 * certificate names them, and says how they are reached.
 */
import { readHead } from '../../audit/ledgerRows.js';
import type { AuditRecord } from '../../audit/record.js';
import { joined, type Ranges, without } from '../../ledger/ranges.js';
import { rangesText } from '../../ledger/statement.js';
import type { Reads } from '../../store/sql.js';
import type { Archive } from '../archive/archive.js';
import { missingFrom } from '../archive/missing.js';
import { readTaken } from '../archive/taken.js';
import { isInArchive } from './archived.js';
import type { Left } from './holder.js';

export async function copiesElsewhere(
  { store, ledger, mirror }: AuditRecord,
  archive: Archive | null,
): Promise<Left[]> {
  const { read } = store;
  const { tenant } = ledger;
  const left = await archiveElsewhere(read, tenant, archive);
  return mirror === null ? [...left, await mirrorElsewhere(read, tenant)] : left;
}

/** What the record says of entries that retention took. */
interface Said {
  readonly archived: { readonly from: number; readonly to: number; readonly file: string }[];
  /** Went without being archived, or were archived and have expired. */
  readonly gone: Ranges;
}

async function archiveElsewhere(reads: Reads, tenant: string, archive: Archive | null): Promise<Left[]> {
  const anchor = (await readHead(reads, tenant))?.anchor.size ?? 0;
  const { archived, gone } = await readSaid(reads, tenant);
  const there: Ranges = [];
  const lost: Said['archived'] = [];
  for (const segment of (await archive?.segments()) ?? []) {
    const { from, to, file } = segment;
    if (await isInArchive(archive!, file)) there.push([from, to]);
    else lost.push({ from, to, file });
  }
  const known = joined([...there, ...gone]);
  const absent = [...archived, ...lost].filter(({ from, to }) => without([[from, to]], known).length > 0);
  const told = joined([...known, ...absent.map(({ from, to }): [number, number] => [from, to])]);
  const untold: Ranges = anchor === 0 ? [] : without([[1, anchor]], told);
  // What was said of them may be archived itself.
  const unknown =
    archive === null || untold.length === 0
      ? untold
      : without(await missingFrom(archive, reads, tenant), told);
  return [
    ...joined(absent.map(({ from, to }): [number, number] => [from, to])).map(([from, to]) => ({
      what: `archived entries ${rangesText([[from, to]])}`,
      why: `they were archived in ${filesText(absent.filter((one) => one.from >= from && one.to <= to))}, ${
        archive === null ? 'and no archive is configured now' : 'which the archive has no more'
      }; ${REACH_ARCHIVE}`,
    })),
    ...unknown.map((range) => ({
      what: `entries ${rangesText([range])}, if they were archived`,
      why: `retention took them, and what said whether they were archived is gone as well; ${REACH_ARCHIVE}`,
    })),
  ];
}

async function readSaid(reads: Reads, tenant: string): Promise<Said> {
  const archived = new Map<string, Said['archived'][number]>();
  const gone: Ranges = [];
  for (const { from, to, file, hasExpired } of await readTaken(reads, tenant)) {
    if (file === null) gone.push([hasExpired ? 1 : from, to]);
    else archived.set(file, { from, to, file });
  }
  return { archived: [...archived.values()], gone: joined(gone) };
}

function filesText(files: Said['archived']): string {
  const names = [...new Set(files.map(({ file }) => file))].sort();
  return names.length === 1 ? names[0]! : `${names.length} files, ${names[0]} to ${names.at(-1)}`;
}

/** A mirror leaves its lock behind, and nothing else, in a database. */
async function mirrorElsewhere(reads: Reads, tenant: string): Promise<Left> {
  const lock = await reads.get(`SELECT 1 AS "one" FROM "Lease" WHERE "name" = ?`, [`mirror/${tenant}`]);
  return lock === undefined
    ? { what: 'an NDJSON mirror, if there was one', why: `none is configured now; ${REACH_MIRROR}` }
    : { what: 'the NDJSON mirror', why: `one was written, and none is configured now; ${REACH_MIRROR}` };
}

const REACH_ARCHIVE = 'set AUDIT_ARCHIVE_DIR to the folder that holds them, and erase once more';
const REACH_MIRROR = 'set AUDIT_NDJSON_DIR to its folder, and erase once more';
