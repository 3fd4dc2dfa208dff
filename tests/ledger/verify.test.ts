import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Entry } from '../../src/ledger/entry.js';
import type { Anchor } from '../../src/ledger/path.js';
import { inspect, type Verdict, Verification, type VerificationOptions } from '../../src/ledger/verify.js';
import {
  anchorAt,
  checkpointNote,
  consistencyBetween,
  erasedEntries,
  erasedNote,
  fullEntries,
  KEY,
  leavesOf,
  particularEntry,
  prunedNote,
  SIZE,
  STRANGE_KEY,
  sign,
  strip,
  vkey,
} from './sampleLedger.js';
import { ORIGIN, sampleEntry, TENANT } from './samples.js';

const LEAVES = leavesOf(fullEntries());
const NOTES = [0, 4, 8].map((size) => checkpointNote(LEAVES, size));

describe('a live ledger', () => {
  test('is intact with a tail that no checkpoint covers yet, and says so', () => {
    const verdict = judge(erasedEntries(), { statements: [erasedNote()] });
    expect(verdict).toMatchObject({
      verdict: 'intact',
      isValid: true,
      from: 1,
      to: 10,
      covered: 8,
      totalRecords: 10,
      erased: 3,
      checkpoints: { verified: 3, absent: 0 },
    });
    expect(verdict.notes.join()).toContain('Entries 9 to 10 are the tail');
    const whole = judge(fullEntries(), { checkpoints: [checkpointNote(LEAVES, SIZE)] });
    expect(whole).toMatchObject({ verdict: 'intact', covered: 10, notes: [`The ledger is ${ORIGIN}.`] });
  });

  test('that is empty is intact with its first checkpoint, unverifiable without', () => {
    expect(judge([], { checkpoints: [NOTES[0]!] })).toMatchObject({ verdict: 'intact', from: 1, to: 0 });
    expect(judge([], { checkpoints: [] })).toMatchObject({ verdict: 'unverifiable' });
  });

  test('gives the same verdict however it is cut into chunks', () => {
    const whole = judge(erasedEntries(), { statements: [erasedNote()] });
    for (let size = 1; size <= 11; size += 1) {
      expect(judge(erasedEntries(), { statements: [erasedNote()] }, size)).toEqual(whole);
    }
  });

  test('whose tail is altered or has holes is not intact', () => {
    const entries = fullEntries();
    const bent = { ...entries[9]!, rest: { ...entries[9]!.rest, reason: 'other' } };
    expect(judge(entries.with(9, bent))).toMatchObject({ verdict: 'altered', altered: [{ seq: 10 }] });
    expect(judge(entries.toSpliced(8, 1))).toMatchObject({ verdict: 'missing', gaps: [{ from: 9, to: 9 }] });
  });

  test('with every row deleted, or fewer rows than were signed, is truncated', () => {
    for (const left of [0, 3, 7]) {
      const verdict = judge(fullEntries().slice(0, left));
      expect(verdict).toMatchObject({ verdict: 'truncated', to: left, gaps: [] });
      expect(verdict.notes.join()).toContain(`entry ${left + 1} and those after it`);
    }
  });

  test('in which each row is deleted in turn names the number', () => {
    for (let seq = 1; seq < SIZE; seq += 1) {
      const verdict = judge(fullEntries().toSpliced(seq - 1, 1));
      expect(verdict).toMatchObject({ verdict: 'missing', gaps: [{ from: seq, to: seq, count: 1 }] });
    }
  });

  test('with a row whose number is there twice is altered', () => {
    const entries = fullEntries();
    expect(judge(entries.toSpliced(4, 0, entries[4]!))).toMatchObject({
      verdict: 'altered',
      altered: [{ seq: 5 }],
    });
  });

  test('rewritten from some entry on is forked, and the range is named', () => {
    const entries = fullEntries().map((entry) =>
      entry.public.seq >= 6 ? sampleEntry(entry.public.seq, { rest: { reason: 'rewritten' } }) : entry,
    );
    const verdict = judge(entries);
    expect(verdict).toMatchObject({ verdict: 'forked', covered: 4, checkpoints: { verified: 2, absent: 0 } });
    expect(verdict.notes.join()).toContain('between entries 5 and 8');
    expect(verdict.notes).toContain(
      'A checkpoint of size 4 agrees: it vouches for entries 1 to 4, and nothing for those after them.',
    );
    expect(verdict.notes.join()).not.toContain('are the tail');
  });

  test('that was cut off says how far older checkpoints vouch for what is left', () => {
    expect(judge(fullEntries().slice(0, 7)).notes).toContain(
      'A checkpoint of size 4 agrees: it vouches for entries 1 to 4, and nothing for those after them.',
    );
    const none = judge(fullEntries().slice(0, 3));
    expect(none).toMatchObject({ verdict: 'truncated', covered: 0 });
    expect(none.notes).toContain('No validly signed checkpoint vouches for any entry from 1 on.');
  });

  test('with only an old checkpoint left is intact with a long tail', () => {
    const verdict = judge(fullEntries(), { checkpoints: [NOTES[1]!] });
    expect(verdict).toMatchObject({ verdict: 'intact', covered: 4 });
    expect(verdict.notes.join()).toContain('Entries 5 to 10 are the tail');
  });

  test('without a valid checkpoint, or without a key, is unverifiable', () => {
    const strange = checkpointNote(LEAVES, 8, [STRANGE_KEY]);
    expect(judge(fullEntries(), { checkpoints: [strange] })).toMatchObject({
      verdict: 'unverifiable',
      checkpoints: { verified: 0, absent: 1 },
    });
    expect(judge(fullEntries(), { keys: [] })).toMatchObject({ verdict: 'unverifiable' });
    expect(judge(erasedEntries(), { keys: [], statements: [erasedNote()] })).toMatchObject({
      verdict: 'unverifiable',
      altered: [],
    });
  });

  test('leaves alone the notes of other ledgers that share its data directory', () => {
    const other = sign(`reeve/example/other\n5\n${NOTES[1]!.split('\n')[2]}\n`, [KEY]);
    const verdict = judge(fullEntries(), {
      checkpoints: [...NOTES, other],
      statements: [erasedNote(undefined, [KEY], 'reeve/example/other')],
    });
    expect(verdict).toMatchObject({ verdict: 'intact', checkpoints: { verified: 3, absent: 0 } });
    expect(verdict.notes.join()).not.toContain('other');
  });

  test('lists what somebody asks it to be held to and cannot be, with the reason', () => {
    const held = (...given: string[]) => {
      const verification = begin({ given });
      verification.take(inspect(fullEntries(), TENANT));
      const { verdict, checkpoints, notes } = verification.finish(1);
      return { idle: verification.idle, verdict, absent: checkpoints.absent, notes: notes.join('\n') };
    };
    const other = sign(`reeve/example/other\n8\n${NOTES[2]!.split('\n')[2]}\n`, [KEY]);
    const strange = checkpointNote(LEAVES, 6, [STRANGE_KEY]);
    expect(held(other)).toMatchObject({
      idle: 1,
      absent: 1,
      notes: expect.stringMatching(
        /it speaks of another ledger: a checkpoint of size 8 of "reeve\/example\/other"/,
      ),
    });
    expect(held(strange)).toMatchObject({
      idle: 1,
      absent: 1,
      notes: expect.stringMatching(/want of a valid signature by a trusted key: a checkpoint of size 6/),
    });
    expect(held('no note at all')).toMatchObject({ idle: 1, absent: 1 });
    expect(held(NOTES[1]!, checkpointNote(LEAVES, 7))).toMatchObject({ idle: 0, absent: 0 });
    expect(held(checkpointNote(LEAVES, 7), strange)).toMatchObject({ idle: 1, absent: 1, verdict: 'intact' });
  });

  test('reports a recovery in every verdict', () => {
    const recovered = sampleEntry(9, {
      public: { action: 'LEDGER_RECOVERED' },
      rest: { metadata: '{"restoredSize":8,"signedRoot":"00","signedSize":12}' },
    });
    const verdict = judge(fullEntries().with(8, recovered));
    expect(verdict.verdict).toBe('intact');
    expect(verdict.notes.join()).toContain('entries 9 to 12 that had been signed were lost');
    const erased = judge(fullEntries().with(8, strip(recovered, 'rest')), { keys: [] });
    expect(erased.notes.join()).toContain('which entries were lost it does not say');
  });
});

describe('statements in a live ledger', () => {
  test('do not count as long as no checkpoint covers their entry', () => {
    const early = { statements: [erasedNote()], checkpoints: NOTES.slice(0, 2) };
    const verdict = judge(erasedEntries(), early);
    expect(verdict.verdict).toBe('altered');
    expect(verdict.altered.map(({ seq }) => seq)).toEqual([3, 5, 6]);
    expect(verdict.notes.join()).toContain('no verified checkpoint covers that entry');
  });

  test('about a number that was never reached do not count, whatever the tail says', () => {
    const future = erasedNote({ seq: 11, actor: [[3, 3]], rest: [[5, 6]] });
    expect(judge(erasedEntries(), { statements: [future] })).toMatchObject({ verdict: 'altered' });
    const forgery = sampleEntry(11, {
      public: { action: 'SUBJECT_ERASED' },
      rest: { metadata: '{"actor":[[3,3]],"count":3,"rest":[[5,6]]}' },
    });
    const verdict = judge([...erasedEntries(), forgery], { statements: [future] });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 3 }, { seq: 5 }, { seq: 6 }] });
  });

  test('whose entry was cut off leave the ledger truncated, not altered', () => {
    const verdict = judge(erasedEntries().slice(0, 7), { statements: [erasedNote()] });
    expect(verdict).toMatchObject({ verdict: 'truncated', altered: [] });
  });

  test('that are not yet carried out do no harm', () => {
    expect(judge(fullEntries(), { statements: [erasedNote()] })).toMatchObject({
      verdict: 'intact',
      erased: 0,
    });
  });
});

describe('a pruned live ledger', () => {
  const pruned = { anchor: anchorAt(LEAVES, 6), statements: [erasedNote(), prunedNote(LEAVES, 6)] };

  test('is intact from the entry after the anchor', () => {
    const verdict = judge(erasedEntries().slice(6), {
      ...pruned,
      consistency: [consistencyBetween(LEAVES, 4, 6)],
    });
    expect(verdict).toMatchObject({
      verdict: 'intact-from',
      from: 7,
      to: 10,
      covered: 8,
      totalRecords: 4,
      checkpoints: { verified: 3, absent: 0 },
    });
  });

  test('takes no notice of rows that a killed run of retention left over', () => {
    const bent = { ...particularEntry(5), rest: { reason: 'other' } };
    const left = [particularEntry(2), bent, strip(particularEntry(6), 'rest'), ...fullEntries().slice(6)];
    const verdict = judge(left, pruned, 3);
    expect(verdict).toMatchObject({
      verdict: 'intact-from',
      from: 7,
      totalRecords: 4,
      altered: [],
      gaps: [],
      erased: 0,
    });
  });

  test('of which nothing is left is intact from nothing on', () => {
    const all = { anchor: anchorAt(LEAVES, 8), statements: [prunedNote(LEAVES, 8)] };
    expect(judge([], all)).toMatchObject({ verdict: 'intact-from', from: 9, to: 8, covered: 8 });
  });

  test('without its statement has its beginning missing', () => {
    const verdict = judge(erasedEntries().slice(6), { ...pruned, statements: [erasedNote()] });
    expect(verdict).toMatchObject({ verdict: 'missing', gaps: [{ from: 1, to: 6, count: 6 }] });
  });

  test('needs a checkpoint that is not below the anchor', () => {
    const below = {
      ...pruned,
      checkpoints: NOTES.slice(0, 2),
      consistency: [consistencyBetween(LEAVES, 4, 6)],
    };
    expect(judge(fullEntries().slice(6), below)).toMatchObject({ verdict: 'unverifiable', covered: 4 });
  });
});

describe('an incremental verification', () => {
  const since = anchorAt(LEAVES, 8);

  test('reads only what follows, and says what it has not read', () => {
    const verdict = judge(fullEntries().slice(8), {
      since,
      checkpoints: [...NOTES, checkpointNote(LEAVES, SIZE)],
    });
    expect(verdict).toMatchObject({
      verdict: 'intact-from',
      from: 9,
      to: 10,
      covered: 10,
      totalRecords: 2,
      checkpoints: { verified: 2, absent: 0 },
    });
    expect(verdict.notes.join()).toContain('Entries 1 to 8 were not read again');
    expect(verdict.notes.join()).toContain('2 older checkpoints were not compared again');
  });

  test('of a pruned ledger still demands the statement', () => {
    const anchor = anchorAt(LEAVES, 4);
    const options = { since, anchor, statements: [prunedNote(LEAVES, 4)] };
    expect(judge(fullEntries().slice(8), options)).toMatchObject({ verdict: 'intact-from', from: 9 });
    expect(judge(fullEntries().slice(8), { ...options, statements: [] })).toMatchObject({
      verdict: 'missing',
    });
  });

  test('from another edge than was signed is forked, and from one below the anchor refused', () => {
    const other: Anchor = anchorAt(LEAVES.toReversed(), 8);
    expect(judge(fullEntries().slice(8), { since: other })).toMatchObject({ verdict: 'forked' });
    expect(() => judge([], { since: anchorAt(LEAVES, 2), anchor: anchorAt(LEAVES, 4) })).toThrow(RangeError);
  });

  test('finds what happened to the newest entries', () => {
    expect(judge(fullEntries().slice(9), { since })).toMatchObject({
      verdict: 'missing',
      gaps: [{ from: 9 }],
    });
    expect(judge([], { since, checkpoints: [checkpointNote(LEAVES, 9)] })).toMatchObject({
      verdict: 'truncated',
    });
  });
});

describe('many findings', () => {
  test('are listed up to a thousand and all counted', () => {
    const entries = Array.from({ length: 1500 }, (_, i) => ({
      ...sampleEntry(i + 1),
      rest: { reason: 'x' },
    }));
    const stripped = entries.map((entry, i) => (i === 0 ? strip(sampleEntry(1), 'actor') : entry));
    const verdict = judge(stripped, { checkpoints: [] }, 700);
    expect(verdict.altered).toHaveLength(1000);
    expect(verdict.altered[0]).toMatchObject({ seq: 1 });
    expect(verdict.altered[999]).toMatchObject({ seq: 1000 });
    expect(verdict.notes.join()).toContain('The first altered entry is 1; 1500 in all');
  });

  test('never hide the first bad number: any one change in a larger ledger is found where it is', () => {
    const entries = Array.from({ length: 60 }, (_, i) => sampleEntry(i + 1));
    const notes = [0, 7, 16, 33, 60].map((size) => checkpointNote(leavesOf(entries), size));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat(3),
        (seq, size, how) => {
          const entry = entries[seq - 1]!;
          const bent = [
            { ...entry, actor: { ...entry.actor, ip: '192.0.2.1' } },
            { ...entry, public: { ...entry.public, at: 5 } },
            { ...entry, leaf: Buffer.alloc(32) },
            strip(entry, 'rest'),
          ][how]!;
          const verdict = judge(entries.with(seq - 1, bent), { checkpoints: notes }, size);
          expect(verdict.verdict).toBe('altered');
          expect(verdict.altered.map((finding) => finding.seq)).toEqual([seq]);
        },
      ),
      { seed: 60, numRuns: 100 },
    );
  });
});

function judge(entries: readonly Entry[], options: Partial<VerificationOptions> = {}, chunk = 4): Verdict {
  const verification = begin(options);
  for (let at = 0; at < entries.length; at += chunk) {
    // As it comes out of a worker thread.
    verification.take(structuredClone(inspect(entries.slice(at, at + chunk), TENANT)));
  }
  return verification.finish(1);
}

function begin(options: Partial<VerificationOptions>): Verification {
  return new Verification({
    live: true,
    tenant: TENANT,
    origin: ORIGIN,
    keys: [vkey()],
    anchor: null,
    statements: [],
    checkpoints: NOTES,
    ...options,
  });
}
