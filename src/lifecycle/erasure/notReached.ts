import type { Residue } from '../../store/residue.js';
import type { Dialect } from '../../store/sql.js';
import type { Left } from './holder.js';

/** What no program can take back, as every certificate names it. */
export function neverReached(dialect: Dialect, hasBrowser: boolean): Left[] {
  return [
    {
      what: 'backups',
      why: 'copies of the database and of the data directory that were made before are not within reach',
    },
    {
      what: 'what was sent',
      why: 'messages, pictures and files in chats are on the devices of those who were in them',
    },
    { what: 'exports', why: 'bundles, proofs and tables that somebody took are with them' },
    { what: 'other processes', why: 'what one that still runs has in its memory goes when it ends' },
    { what: 'logs', why: "the program's output is kept, or not, by whatever runs it" },
    ...(hasBrowser
      ? [{ what: "the browser's profile", why: "WhatsApp's own page keeps its chats and contacts there" }]
      : []),
    dialect === 'postgresql'
      ? {
          what: "PostgreSQL's write-ahead log",
          why: 'the server recycles pg_wal by itself, and archives of it are backups',
        }
      : {
          what: 'free blocks of the disk',
          why: 'the file system decides when what was deleted is overwritten',
        },
  ];
}

export function residueLeft(residue: readonly Residue[]): Left[] {
  const why =
    'somebody else was using it for too long; it goes with the next erasure, or as the database tidies up';
  return residue.map((what) => ({ what: `old pages of the database (${what})`, why }));
}

/** Names that were not looked for are told by their number: the certificate names nobody. */
export function namesLeft(shared: number, ordinary: number): Left[] {
  const left: Left[] = [];
  if (shared > 0)
    left.push({
      what: `mentions by ${shared === 1 ? 'a name' : `${shared} names`} alone`,
      why: 'somebody else is called that as well, so it cannot be told whom a text means',
    });
  if (ordinary > 0)
    left.push({
      what: `mentions by ${ordinary === 1 ? 'a short name' : `${ordinary} short names`} alone`,
      why: 'it is too short, or a word of the record itself, and would be found everywhere',
    });
  return left;
}
