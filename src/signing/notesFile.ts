import { join } from 'node:path';
import { appendDurably, readIfThere, replaceDurably } from './durableFile.js';

/**
 * checkpoints.txt and statements.txt: signed notes one after another, for whoever reads the folder and not the
 * database. A note ends with its signature lines, so the next one begins after them; an empty line parts a
 * note's text from its signatures and thus cannot part two notes.
 */
const checkpointsPath = (dataDir: string): string => join(dataDir, 'checkpoints.txt');
const lostPath = (dataDir: string): string => join(dataDir, 'checkpoints-lost.txt');
const statementsPath = (dataDir: string): string => join(dataDir, 'statements.txt');

export const appendCheckpoints = (dataDir: string, notes: readonly string[]): void =>
  append(checkpointsPath(dataDir), notes);
export const appendStatements = (dataDir: string, notes: readonly string[]): void =>
  append(statementsPath(dataDir), notes);
export const readCheckpoints = (dataDir: string): string[] =>
  splitNotes(readIfThere(checkpointsPath(dataDir)) ?? '');
export const readStatements = (dataDir: string): string[] =>
  splitNotes(readIfThere(statementsPath(dataDir)) ?? '');

/** Checkpoints over entries that were lost with a database: of a history that this ledger is no continuation of. */
export const readLostCheckpoints = (dataDir: string): string[] =>
  splitNotes(readIfThere(lostPath(dataDir)) ?? '');

/**
 * Moves checkpoints to checkpoints-lost.txt. They are in both files before they are in that one alone. Whatever is
 * already there is not put there again, so it can be finished after a kill. Returns how many there were.
 */
export function setCheckpointsAside(dataDir: string, isLost: (note: string) => boolean): number {
  const all = readCheckpoints(dataDir);
  const lost = [...new Set(all.filter(isLost))];
  if (lost.length === 0) return 0;
  const known = new Set(readLostCheckpoints(dataDir));
  append(
    lostPath(dataDir),
    lost.filter((note) => !known.has(note)),
  );
  replaceDurably(checkpointsPath(dataDir), all.filter((note) => !isLost(note)).join(''), 0o644);
  return lost.length;
}

function append(path: string, notes: readonly string[]): void {
  if (notes.length > 0) appendDurably(path, notes.join(''), isSignature);
}

const isSignature = (line: string): boolean => line.startsWith('\u2014 ');

/** The notes of a text: each is a text, an empty line and one or more lines that begin with an em dash. */
export function splitNotes(text: string): string[] {
  const notes: string[] = [];
  let current: string[] = [];
  let signed = false;
  const finish = () => {
    if (signed) notes.push(`${current.join('\n')}\n`);
    current = [];
    signed = false;
  };
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (signed && !isSignature(line)) finish();
    if (line === '' && current.length === 0) continue;
    current.push(line);
    signed ||= isSignature(line);
  }
  finish();
  return notes;
}
