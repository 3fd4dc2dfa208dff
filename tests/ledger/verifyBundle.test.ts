import { describe, expect, test } from '@jest/globals';
import { BundleSeal, entryLine } from '../../src/ledger/bundle.js';
import { UnreadableFile, type Verdict } from '../../src/ledger/verify.js';
import { verifyLines } from '../../src/ledger/verifyBundle.js';
import { verifyFile } from '../../src/ledger/verifyFile.js';
import {
  anchoredParts,
  type BundleParts,
  bundleLines,
  bundleText,
  checkpointNote,
  erasedEntries,
  erasedNote,
  fullEntries,
  goodParts,
  KEY,
  leavesOf,
  NEXT_KEY,
  prunedNote,
  SIZE,
  STRANGE_KEY,
  sign,
  strip,
  vkey,
} from './sampleLedger.js';
import { type Changes, ORIGIN, sampleEntry } from './samples.js';

const NOW = 1_767_800_000_000;

describe('an honest bundle', () => {
  test('is intact, and the verdict has every member in its place', async () => {
    const verdict = await judge(goodParts());
    expect(verdict).toEqual({
      verdict: 'intact',
      isValid: true,
      from: 1,
      to: 10,
      covered: 10,
      totalRecords: 10,
      erased: 3,
      gaps: [],
      altered: [],
      checkpoints: { verified: 4, absent: 0 },
      root: expect.stringMatching(/^[0-9a-f]{64}$/),
      verifiedAt: NOW,
      notes: [`The ledger is ${ORIGIN}.`],
    });
  });

  test('with an anchor is intact from the entry after it, never plain intact', async () => {
    const verdict = await judge(anchoredParts());
    expect(verdict).toMatchObject({
      verdict: 'intact-from',
      isValid: true,
      from: 5,
      to: 10,
      totalRecords: 6,
      erased: 2,
    });
    expect(verdict.checkpoints).toEqual({ verified: 4, absent: 0 });
    expect(verdict.notes.join()).toMatch(/Entries 1 to 4 were pruned/);
  });

  test('that is an archived beginning may hold entries that were erased after it was written', async () => {
    const leaves = leavesOf(fullEntries());
    const segment = {
      ...goodParts(),
      to: 6,
      entries: erasedEntries().slice(0, 6).map(entryLine),
      checkpoints: [checkpointNote(leaves, 6)],
    };
    const judged = (...statements: string[]) => judge({ ...segment, statements });
    const vouched = await judged(erasedNote(), prunedNote(leaves, 6));
    expect(vouched).toMatchObject({ verdict: 'intact', to: 6, covered: 6, erased: 3 });
    expect(await judged(erasedNote())).toMatchObject({ verdict: 'altered' });
    expect(await judged(prunedNote(leaves, 6))).toMatchObject({ verdict: 'altered' });
    expect(await judged(erasedNote(), prunedNote(leaves, 5))).toMatchObject({ verdict: 'altered' });
    const other = leavesOf(fullEntries().toReversed());
    expect(await judged(erasedNote(), prunedNote(other, 6))).toMatchObject({ verdict: 'altered' });
  });

  test('of an empty ledger is intact', async () => {
    const parts = {
      ...goodParts(),
      to: 0,
      entries: [],
      statements: [],
      checkpoints: [checkpointNote([], 0)],
    };
    expect(await judge(parts)).toMatchObject({ verdict: 'intact', from: 1, to: 0, totalRecords: 0 });
  });

  test('of a ledger of which everything was pruned is intact from nothing on', async () => {
    const parts = anchoredParts();
    const leaves = leavesOf(fullEntries());
    const all = { ...parts, to: 4, entries: [], checkpoints: [checkpointNote(leaves, 4)] };
    expect(await judge(all)).toMatchObject({ verdict: 'intact-from', from: 5, to: 4, totalRecords: 0 });
  });

  test('stays intact with member order, spacing and line source of another program', async () => {
    const parts = goodParts();
    const entries = parts.entries.map((line) => {
      const value = JSON.parse(line);
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      return JSON.stringify(reversed, null, 1).replaceAll('\n', '');
    });
    const other = tail(bundleLines({ ...parts, entries }), (end) => ({ ...end, entries: 10 }));
    expect(await verifyFile(other, { keys: [vkey()], now: NOW })).toMatchObject({ verdict: 'intact' });
    const lines = bundleLines(parts).map((line) => line.slice(0, -1));
    expect(await verifyLines(lines, { keys: [vkey()], now: NOW })).toMatchObject({ verdict: 'intact' });
  });

  test('is the same however its bytes are cut into pieces', async () => {
    const bytes = Buffer.from(bundleText(goodParts()));
    for (const size of [1, 7, 1000, bytes.length]) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(await verifyFile(pieces, { keys: [vkey()], now: NOW })).toMatchObject({ verdict: 'intact' });
    }
  });

  test('after a rotation verifies with the old key, the new one, and both', async () => {
    const parts = goodParts();
    const both = checkpointNote(leavesOf(fullEntries()), SIZE, [KEY, NEXT_KEY]);
    const rotated = { ...parts, checkpoints: [...parts.checkpoints.slice(0, 3), both] };
    for (const keys of [[vkey(KEY)], [vkey(KEY), vkey(NEXT_KEY)]]) {
      expect(await judge(rotated, { keys })).toMatchObject({ verdict: 'intact' });
    }
    const later = { ...rotated, statements: [erasedNote(undefined, [NEXT_KEY])] };
    expect(await judge(later, { keys: [vkey(NEXT_KEY)] })).toMatchObject({ verdict: 'intact', covered: 10 });
  });
});

describe('a changed entry', () => {
  const publicFields: [string, unknown][] = [
    ['v', 2],
    ['id', '00000000-0000-4000-8000-000000000000'],
    ['tenant', 'other'],
    ['at', 1],
    ['category', 'SECURITY'],
    ['action', 'OTHER'],
    ['verb', 'DELETE'],
    ['outcome', 'failure'],
    ['actorType', 'agent'],
    ['entityType', null],
    ['channel', 'cli'],
    ['actorCommitment', 'a'.repeat(64)],
    ['restCommitment', 'b'.repeat(64)],
  ];
  const actorFields = ['actorId', 'actorPhone', 'actorName', 'actorRole', 'ip', 'userAgent', 'scopes'];
  const restFields = [
    'entityId',
    'description',
    'reason',
    'metadata',
    'before',
    'after',
    'error',
    'chatId',
    'messageKey',
    'requestId',
    'route',
    'method',
    'status',
  ];

  test.each(publicFields)('in its public %s is altered', async (name, value) => {
    await expectAltered(4, (entry) => {
      entry.public[name] = value;
    });
  });

  test.each(publicFields)('without its public %s is altered', async (name) => {
    await expectAltered(4, (entry) => {
      delete entry.public[name];
    });
  });

  test.each(actorFields)('in %s, set and taken away, is altered', async (name) => {
    await expectAltered(4, (entry) => {
      entry.actor[name] = 'changed';
    });
    await expectAltered(name in lineOf(4).actor ? 4 : 9, (entry) => {
      if (name in entry.actor) delete entry.actor[name];
      else entry.actor[name] = '';
    });
  });

  test.each(restFields)('in %s, set and taken away, is altered', async (name) => {
    const changed = name === 'status' ? 1 : 'changed';
    for (const seq of [4, 9]) {
      await expectAltered(seq, (entry) => {
        entry.rest[name] = changed;
      });
      await expectAltered(seq, (entry) => {
        if (name in entry.rest) delete entry.rest[name];
        else entry.rest[name] = name === 'status' ? 0 : '';
      });
    }
  });

  test.each(['actorSalt', 'restSalt', 'leaf'])('in its %s is altered', async (name) => {
    await expectAltered(4, (entry) => {
      const text = entry[name] as string;
      entry[name] = (text.startsWith('0') ? '1' : '0') + text.slice(1);
    });
    await expectAltered(4, (entry) => {
      entry[name] = (entry[name] as string).slice(2);
    });
  });

  test('is altered with a part or a salt alone', async () => {
    await expectAltered(4, (entry) => {
      entry.actor = null as never;
    });
    await expectAltered(4, (entry) => {
      entry.actorSalt = null;
    });
    await expectAltered(4, (entry) => {
      entry.rest = {};
    });
  });

  test('whose number is changed is altered', async () => {
    const verdict = await judge(
      changedParts(4, (entry) => {
        entry.public.seq = 40;
      }),
    );
    expect(verdict.verdict).toBe('altered');
    expect(verdict.altered[0]!.seq).toBe(5);
    expect(verdict.altered.map(({ seq }) => seq)).toContain(40);
  });

  test('with other hashes is altered at that entry, though an erased statement rests on it', async () => {
    const verdict = await judge(
      changedParts(8, (entry) => {
        entry.rest.metadata = '{}';
      }),
    );
    expect(verdict.verdict).toBe('altered');
    expect(verdict.altered.map(({ seq }) => seq)).toEqual([8]);
  });

  test.each<[string, string, string]>([
    ['an unknown member', '"erasedAt":', '"extra":1,"erasedAt":'],
    ['an unknown public member', '"verb":', '"extra":1,"verb":'],
    ['a repeated member', '"erasedAt":', '"erasedAt":5,"erasedAt":'],
    ['a repeated public member', '"verb":', '"verb":"X","verb":'],
    ['a repeated private member, spelled with an escape', '"actor":{', '"actor":{"\\u0061ctorId":"u9",'],
    ['a fraction', '"seq":4,', '"seq":4.0,'],
    ['an exponent', '"seq":4,', '"seq":4e0,'],
    ['a null in a part', '"actor":{', '"actor":{"actorName":null,'],
    ['no JSON', '"erasedAt":', 'erasedAt:'],
  ])('with %s is altered', async (_what, from, to) => {
    const parts = goodParts();
    const line = parts.entries[3]!;
    expect(line).toContain(from);
    const entries = parts.entries.with(3, line.replace(from, to));
    const verdict = await judge({ ...parts, entries });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 4 }], totalRecords: 10 });
  });

  test('with bytes that are not UTF-8 is altered', async () => {
    const text = bundleText(goodParts());
    const at = Buffer.from(text).indexOf('Ada Example made Ben Example an OPERATOR (9)');
    const bytes = Buffer.from(text);
    bytes[at] = 0xff;
    const verdict = await verifyFile([bytes], { keys: [vkey()], now: NOW });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 9 }] });
  });

  test('sealed anew is no longer in the tree: forked, and the range is named', async () => {
    for (const [seq, from, to] of [
      [2, 1, 4],
      [4, 1, 4],
      [7, 5, 8],
      [9, 9, 10],
    ] as const) {
      const changes: Changes = { actor: { actorName: 'Eve Example' } };
      const parts = goodParts();
      const entries = parts.entries.with(seq - 1, entryLine(sampleEntry(seq, changes)));
      const verdict = await judge({ ...parts, entries });
      expect(verdict.verdict).toBe('forked');
      expect(verdict.notes.join()).toContain(`between entries ${from} and ${to}`);
      expect(verdict.covered).toBe(from - 1);
    }
  });
});

describe('entries that are gone, moved or repeated', () => {
  const parts = goodParts();

  test('each one that is deleted is missing', async () => {
    for (let seq = 1; seq <= SIZE; seq += 1) {
      const verdict = await judge({ ...parts, entries: parts.entries.toSpliced(seq - 1, 1) });
      expect(verdict).toMatchObject({
        verdict: 'missing',
        gaps: [{ from: seq, to: seq, count: 1 }],
        totalRecords: 9,
        root: null,
      });
      expect(verdict.notes.join()).toContain(`The first missing number is ${seq}`);
    }
  });

  test('several are told as ranges', async () => {
    const entries = parts.entries.filter((_, i) => ![1, 2, 8, 9].includes(i));
    const verdict = await judge({ ...parts, entries });
    expect(verdict.gaps).toEqual([
      { from: 2, to: 3, count: 2 },
      { from: 9, to: 10, count: 2 },
    ]);
  });

  test('two that are swapped are altered, first of all the lower one', async () => {
    for (const [a, b] of [
      [1, 2],
      [3, 4],
      [9, 10],
      [1, 10],
      [2, 6],
    ] as const) {
      const [one, other] = [parts.entries[a - 1]!, parts.entries[b - 1]!];
      const verdict = await judge({ ...parts, entries: parts.entries.with(a - 1, other).with(b - 1, one) });
      expect(verdict).toMatchObject({ verdict: 'altered', gaps: [] });
      expect(verdict.altered[0]!.seq).toBe(a);
      expect(verdict.altered.at(-1)!.seq).toBe(b);
    }
  });

  test('one that is repeated is altered', async () => {
    for (const [seq, at] of [
      [4, 4],
      [4, 9],
      [10, 10],
      [1, 5],
    ] as const) {
      const entries = parts.entries.toSpliced(at, 0, parts.entries[seq - 1]!);
      const verdict = await judge({ ...parts, entries });
      expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq }], gaps: [] });
    }
  });

  test('one of another tenant is altered', async () => {
    const foreign = entryLine(sampleEntry(4, { public: { tenant: 'other' } }));
    const verdict = await judge({ ...parts, entries: parts.entries.with(3, foreign) });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 4 }] });
  });

  test('a ledger passed off as that of another tenant is altered throughout', async () => {
    const verdict = await judge({ ...parts, tenant: 'other' });
    expect(verdict.verdict).toBe('altered');
    expect(verdict.altered).toHaveLength(10);
  });

  test('more than the first line declares are altered', async () => {
    const verdict = await judge({ ...parts, to: 8, checkpoints: parts.checkpoints.slice(0, 3) });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 9 }, { seq: 10 }] });
  });

  test('fewer than the first line declares are missing', async () => {
    expect(await judge({ ...parts, to: 12 })).toMatchObject({
      verdict: 'missing',
      gaps: [{ from: 11, to: 12 }],
    });
  });

  test('a beginning that is gone without an anchor is missing', async () => {
    const verdict = await judge({ ...parts, from: 5, entries: parts.entries.slice(4) });
    expect(verdict).toMatchObject({ verdict: 'missing', gaps: [{ from: 1, to: 4, count: 4 }] });
  });

  test('a beginning that the first line declares and the anchor covers is missing', async () => {
    const verdict = await judge({ ...anchoredParts(), from: 3 });
    expect(verdict).toMatchObject({ verdict: 'missing', gaps: [{ from: 3, to: 4, count: 2 }] });
  });

  test('entries of before the anchor do not belong there', async () => {
    const anchored = anchoredParts();
    const verdict = await judge({ ...anchored, entries: [parts.entries[3]!, ...anchored.entries] });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq: 4 }] });
  });

  test('a tail cut off with the first line changed is truncated, and the first missing number is named', async () => {
    const verdict = await judge({ ...parts, to: 7, entries: parts.entries.slice(0, 7) });
    expect(verdict.verdict).toBe('truncated');
    expect(verdict.notes.join()).toContain('entry 8');
  });
});

describe('parts that were stripped', () => {
  const stripped = (seq: number, part: 'actor' | 'rest'): BundleParts => {
    const entries = erasedEntries();
    return { ...goodParts(), entries: entries.with(seq - 1, strip(entries[seq - 1]!, part)).map(entryLine) };
  };

  test('are altered when no statement names them', async () => {
    for (const seq of [1, 3, 4, 9, 10]) {
      const verdict = await judge(stripped(seq, 'rest'));
      expect(verdict).toMatchObject({ verdict: 'altered', altered: [{ seq }], erased: seq === 3 ? 2 : 3 });
    }
    expect(await judge(stripped(5, 'actor'))).toMatchObject({ verdict: 'altered', altered: [{ seq: 5 }] });
  });

  test('are altered without any statement', async () => {
    const verdict = await judge({ ...goodParts(), statements: [] });
    expect(verdict).toMatchObject({ verdict: 'altered', erased: 0 });
    expect(verdict.altered.map(({ seq }) => seq)).toEqual([3, 5, 6]);
  });

  test.each<[string, () => string]>([
    ['signed by another key', () => erasedNote(undefined, [STRANGE_KEY])],
    ['about another ledger', () => erasedNote(undefined, [KEY], 'reeve/example/other')],
    ['unsigned', () => erasedNote().replace(/— .*\n$/, '')],
    [
      'changed after signing',
      () => erasedNote({ seq: 8, actor: [[3, 4]], rest: [[5, 6]] }).replace('3-4', '3'),
    ],
    ['about a number still to come', () => erasedNote({ seq: 11, actor: [[3, 3]], rest: [[5, 6]] })],
    ['about an entry that is no erasure', () => erasedNote({ seq: 9, actor: [[3, 3]], rest: [[5, 6]] })],
    ['that says more than its entry', () => erasedNote({ seq: 8, actor: [[3, 4]], rest: [[5, 6]] })],
    ['that says other than its entry', () => erasedNote({ seq: 8, actor: [[3, 3]], rest: [[5, 7]] })],
  ])('are altered with a statement %s', async (_what, note) => {
    const verdict = await judge({ ...goodParts(), statements: [note()] });
    expect(verdict.verdict).toBe('altered');
    expect(verdict.altered[0]!.seq).toBe(3);
    expect(verdict.notes.length).toBeGreaterThan(1);
  });

  test('are not blamed when the entry of the erasure is itself gone or cut off', async () => {
    const parts = goodParts();
    const gone = await judge({ ...parts, entries: parts.entries.toSpliced(7, 1) });
    expect(gone).toMatchObject({ verdict: 'missing', gaps: [{ from: 8 }], altered: [] });
    const cut = await judge({ ...parts, to: 7, entries: parts.entries.slice(0, 7) });
    expect(cut).toMatchObject({ verdict: 'truncated', altered: [] });
  });

  test('may include the ranges of the erasure itself, when a later one took them', async () => {
    const entries = fullEntries().map((entry) => {
      const { seq } = entry.public;
      if (seq === 9) {
        return sampleEntry(9, {
          public: { action: 'SUBJECT_ERASED' },
          rest: { metadata: '{"actor":[],"count":1,"rest":[[8,8]]}' },
        });
      }
      return seq === 3
        ? strip(entry, 'actor')
        : seq === 5 || seq === 6 || seq === 8
          ? strip(entry, 'rest')
          : entry;
    });
    const parts = {
      ...goodParts(),
      entries: entries.map(entryLine),
      statements: [erasedNote(), erasedNote({ seq: 9, actor: [], rest: [[8, 8]] })],
      checkpoints: [checkpointNote(leavesOf(entries), SIZE)],
    };
    expect(await judge(parts)).toMatchObject({ verdict: 'intact', erased: 4 });
  });
});

describe('an anchor', () => {
  const leaves = leavesOf(fullEntries());

  test.each<[string, () => Partial<BundleParts>]>([
    ['without a statement', () => ({ statements: [erasedNote()] })],
    ['with one by another key', () => ({ statements: [erasedNote(), prunedNote(leaves, 4, [STRANGE_KEY])] })],
    ['with one of another size', () => ({ statements: [erasedNote(), prunedNote(leaves, 3)] })],
    ['with one of another root', () => ({ statements: [erasedNote(), prunedNote(leaves.toReversed(), 4)] })],
    ['with too many hashes', () => ({ anchor: { size: 4, hashes: [leaves[0]!, leaves[1]!] } })],
    ['with another hash', () => ({ anchor: { size: 4, hashes: [leaves[0]!] } })],
  ])('%s leaves entries 1 to 4 missing', async (_what, change) => {
    const verdict = await judge({ ...anchoredParts(), ...change() });
    expect(verdict).toMatchObject({ verdict: 'missing', gaps: [{ from: 1, to: 4, count: 4 }] });
    expect(verdict.notes.join()).toContain('The first missing number is 1');
  });

  test('keeps a checkpoint below it checkable by a consistency proof', async () => {
    const parts = anchoredParts();
    const without = await judge({ ...parts, consistency: [] });
    expect(without).toMatchObject({ verdict: 'intact-from', checkpoints: { verified: 3, absent: 0 } });
    expect(without.notes.join()).toMatch(/could not be compared: sizes 3/);
    const forged = checkpointNote(leaves.toReversed(), 3);
    const forked = await judge({ ...parts, checkpoints: [forged, ...parts.checkpoints.slice(1)] });
    expect(forked.verdict).toBe('forked');
    expect(forked.notes.join()).toContain('between entries 1 and 3');
  });

  test('of nothing is no anchor', async () => {
    const lines = bundleLines(goodParts());
    const head = lines[0]!.replace('"anchor":null', '"anchor":{"size":0,"hashes":[]}');
    const verdict = await verifyFile([resealed([head, ...lines.slice(1, -1)])], { keys: [vkey()], now: NOW });
    expect(verdict.verdict).toBe('intact');
  });
});

describe('checkpoints and keys', () => {
  const leaves = leavesOf(fullEntries());

  test('without a trusted key the verdict is unverifiable, whatever the file says', async () => {
    for (const parts of [goodParts(), anchoredParts()]) {
      expect(await judge(parts, { keys: [] })).toMatchObject({
        verdict: 'unverifiable',
        altered: [],
        gaps: [],
        covered: 0,
        checkpoints: { verified: 0 },
      });
    }
    const other = vkey(KEY, 'reeve/example/other');
    expect(await judge(goodParts(), { keys: [other] })).toMatchObject({ verdict: 'unverifiable' });
  });

  test('without a trusted key what is wrong in the entries themselves is still found', async () => {
    const parts = goodParts();
    const gone = { ...parts, entries: parts.entries.slice(1) };
    expect(await judge(gone, { keys: [] })).toMatchObject({ verdict: 'missing' });
    expect(await judge({ ...parts, statements: [] }, { keys: [] })).toMatchObject({ verdict: 'altered' });
    expect(await judge({ ...anchoredParts(), statements: [] }, { keys: [] })).toMatchObject({
      verdict: 'altered',
    });
  });

  test('signed by another key are absent and listed, though the file vouches for that key', async () => {
    const entries = fullEntries().map(entryLine);
    const checkpoints = [0, 10].map((size) => checkpointNote(leaves, size, [STRANGE_KEY]));
    const parts = { ...goodParts(), entries, statements: [], checkpoints, vkeys: [vkey(STRANGE_KEY).text] };
    const verdict = await judge(parts);
    expect(verdict).toMatchObject({ verdict: 'unverifiable', checkpoints: { verified: 0, absent: 2 } });
    expect(verdict.notes.join()).toContain('a checkpoint of size 10');
    expect(await judge(parts, { keys: [vkey(STRANGE_KEY)] })).toMatchObject({ verdict: 'intact' });
  });

  test('that are all old leave the end of a file unverifiable', async () => {
    const parts = goodParts();
    const verdict = await judge({ ...parts, checkpoints: parts.checkpoints.slice(0, 3) });
    expect(verdict).toMatchObject({ verdict: 'unverifiable', covered: 8 });
    expect(await judge({ ...parts, checkpoints: [] })).toMatchObject({ verdict: 'unverifiable', covered: 0 });
  });

  test('from elsewhere are compared as well', async () => {
    const parts = { ...goodParts(), checkpoints: [] };
    const witness = checkpointNote(leaves, 10);
    expect(await judge(parts, { checkpoints: [witness] })).toMatchObject({ verdict: 'intact', covered: 10 });

    const fork = checkpointNote(leaves.with(8, leaves[0]!), 9);
    const forked = await judge(goodParts(), { checkpoints: [fork] });
    expect(forked.verdict).toBe('forked');
    expect(forked.notes.join()).toContain('at entry 9');

    const later = checkpointNote([...leaves, leaves[0]!, leaves[1]!], 12);
    const truncated = await judge(goodParts(), { checkpoints: [later] });
    expect(truncated.verdict).toBe('truncated');
    expect(truncated.notes.join()).toContain('entry 11');
  });

  test('of one size with two roots are a fork in themselves', async () => {
    const beyond = [leaves, leaves.toReversed()].map((other) => checkpointNote([...leaves, ...other], 15));
    expect(await judge(goodParts(), { checkpoints: beyond })).toMatchObject({ verdict: 'forked' });
  });

  test('are counted once each, however often they are given', async () => {
    const { checkpoints } = goodParts();
    expect(await judge(goodParts(), { checkpoints })).toMatchObject({
      checkpoints: { verified: 4, absent: 0 },
    });
  });

  test('with an extension line are taken', async () => {
    const parts = goodParts();
    const text = parts.checkpoints[3]!.split('\n\n')[0]!;
    const extended = sign(`${text}\nextension\n`, [KEY]);
    expect(await judge({ ...parts, checkpoints: [extended] })).toMatchObject({ verdict: 'intact' });
  });

  test('of size 0 with another root than that of nothing are a fork', async () => {
    const none = checkpointNote(leaves, 1).split('\n')[2]!;
    const note = sign(`reeve/example/default\n0\n${none}\n`, [KEY]);
    expect(await judge(goodParts(), { checkpoints: [note] })).toMatchObject({ verdict: 'forked' });
    expect(await judge(anchoredParts(), { checkpoints: [note] })).toMatchObject({ verdict: 'forked' });
  });
});

describe('a file', () => {
  test('cut after any line is never intact', async () => {
    const parts = anchoredParts();
    const lines = bundleLines(parts);
    for (let count = 1; count < lines.length; count += 1) {
      const verdict = await verifyFile([lines.slice(0, count).join('')], { keys: [vkey()], now: NOW });
      const entries = Math.min(count - 1, 6);
      expect(verdict.isValid).toBe(false);
      if (entries < 6) expect(verdict.notes.join()).toContain(`end line is missing`);
      if (count === lines.length - 1) {
        expect(verdict.verdict).toBe('altered');
        expect(verdict.altered).toEqual([]);
      }
    }
  });

  test('cut in the middle of a line is never intact', async () => {
    const text = bundleText(goodParts());
    for (let cut = 300; cut < text.length - 1; cut += 211) {
      const verdict = await verifyFile([text.slice(0, cut)], { keys: [vkey()], now: NOW });
      expect(verdict.isValid).toBe(false);
    }
    const whole = text.slice(0, -1);
    expect(await verifyFile([whole], { keys: [vkey()], now: NOW })).toMatchObject({ verdict: 'intact' });
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a line after the end', (lines) => [...lines, '\n'], /something follows/],
    [
      'another count of entries',
      (lines) => tail(lines, (end) => ({ ...end, entries: 9 })),
      /counts 9 entries/,
    ],
    [
      'another count of statements',
      (lines) => tail(lines, (end) => ({ ...end, statements: 0 })),
      /other statements/,
    ],
    [
      'another count of checkpoints',
      (lines) => tail(lines, (end) => ({ ...end, checkpoints: 9 })),
      /other checkpoints/,
    ],
    [
      'another hash',
      (lines) => tail(lines, (end) => ({ ...end, sha256: 'a'.repeat(64) })),
      /another SHA-256/,
    ],
    ['a broken end line', (lines) => tail(lines, (end) => ({ ...end, entries: '10' })), /end line/],
    [
      'a changed erasedAt',
      (lines) => lines.with(1, lines[1]!.replace('"erasedAt":null', '"erasedAt":5')),
      /SHA-256/,
    ],
    ['a second head', (lines) => resealedLines(lines.toSpliced(1, 0, lines[0]!)), /second "ledger"/],
    [
      'a line of another type',
      (lines) => resealedLines(lines.toSpliced(-1, 0, '{"type":"poem"}\n')),
      /no known type/,
    ],
    ['a line that is no object', (lines) => resealedLines(lines.toSpliced(-1, 0, '5\n')), /not an object/],
    ['an empty line', (lines) => resealedLines(lines.toSpliced(-1, 0, '\n')), /cannot be read/],
    [
      'a repeated note',
      (lines) => resealedLines(lines.toSpliced(-1, 0, '{"type":"statement","note":"","note":""}\n')),
      /there twice/,
    ],
    [
      'a checkpoint without note',
      (lines) => resealedLines(lines.toSpliced(-1, 0, '{"type":"checkpoint"}\n')),
      /has no note/,
    ],
    [
      'a broken proof',
      (lines) => resealedLines(lines.toSpliced(-1, 0, '{"type":"consistency","from":1}\n')),
      /consistency line/,
    ],
  ])('with %s was changed after it was written', async (_what, change, why) => {
    const lines = change(bundleLines(goodParts()));
    const verdict = await verifyFile([lines.join('')], { keys: [vkey()], now: NOW });
    expect(verdict).toMatchObject({ verdict: 'altered', isValid: false, altered: [] });
    expect(verdict.notes.join()).toMatch(why);
  });

  test('whose origin does not fit its tenant is altered', async () => {
    const parts = { ...goodParts(), origin: 'somewhere/else' };
    const verdict = await judge(parts, { keys: [vkey(KEY, 'somewhere/else')] });
    expect(verdict.isValid).toBe(false);
    expect(verdict.notes.join()).toContain('its origin is not that of its tenant');
  });

  test.each<[string, string]>([
    ['empty', ''],
    ['an empty line', '\n'],
    ['no JSON', 'hello\n'],
    ['another JSON', '{"a":1}\n'],
    ['a list', '[]\n'],
    ['entries without a head', bundleLines(goodParts()).slice(1).join('')],
    ['a head of another format', bundleText(goodParts()).replace('reeve-bundle/1', 'reeve-bundle/2')],
    ['a head with a repeated member', bundleText(goodParts()).replace('"from":1', '"from":1,"from":1')],
    ['a head without tenant', bundleText(goodParts()).replace('"tenant"', '"tenant2"')],
    ['a head without keys', bundleText(goodParts()).replace('"vkeys":[', '"vkeys":[5,')],
    ['a head from 0', bundleText(goodParts()).replace('"from":1', '"from":0')],
    ['a head to a fraction', bundleText(goodParts()).replace('"to":10', '"to":10.0')],
    ['a head with a strange anchor', bundleText(goodParts()).replace('"anchor":null', '"anchor":{"size":1}')],
    [
      'a head with broken hashes',
      bundleText(goodParts()).replace('"anchor":null', '"anchor":{"size":1,"hashes":["0"]}'),
    ],
  ])('that is %s cannot be read', async (_what, text) => {
    await expect(verifyFile([text], { keys: [vkey()], now: NOW })).rejects.toThrow(UnreadableFile);
  });

  test('whose first bytes are not UTF-8 cannot be read', async () => {
    await expect(verifyFile([Buffer.of(0xff, 0x0a)], { keys: [], now: NOW })).rejects.toThrow(UnreadableFile);
    await expect(verifyLines([Buffer.of(0xff)], { keys: [], now: NOW })).rejects.toThrow(/UTF-8/);
    await expect(verifyLines([], { keys: [], now: NOW })).rejects.toThrow(/empty/);
  });
});

type Members = Record<string, unknown>;
type EntryLine = { public: Members; actor: Members; rest: Members } & Members;

function lineOf(seq: number): EntryLine {
  return JSON.parse(goodParts().entries[seq - 1]!);
}

/** The honest bundle with one entry line changed, and an end line that fits the change. */
function changedParts(seq: number, change: (entry: EntryLine) => void): BundleParts {
  const parts = goodParts();
  const entry = lineOf(seq);
  change(entry);
  return { ...parts, entries: parts.entries.with(seq - 1, JSON.stringify(entry)) };
}

async function expectAltered(seq: number, change: (entry: EntryLine) => void): Promise<void> {
  const verdict = await judge(changedParts(seq, change));
  expect(verdict).toMatchObject({ verdict: 'altered', isValid: false, totalRecords: 10 });
  expect(verdict.altered.map((finding) => finding.seq)).toEqual([seq]);
  expect(verdict.notes.join()).toContain(`The first altered entry is ${seq}`);
}

function judge(
  parts: BundleParts,
  options: { keys?: ReturnType<typeof vkey>[]; checkpoints?: string[] } = {},
): Promise<Verdict> {
  return verifyFile([bundleText(parts)], { keys: [vkey()], now: NOW, ...options });
}

function tail(lines: string[], change: (end: Record<string, unknown>) => Record<string, unknown>): string[] {
  return lines.with(-1, `${JSON.stringify(change(JSON.parse(lines.at(-1)!)))}\n`);
}

/** Lines with line feeds, the last of them an end line, with an end line that fits the rest. */
function resealedLines(lines: string[]): string[] {
  return [resealed(lines.slice(0, -1))];
}

function resealed(lines: string[]): string {
  const seal = new BundleSeal();
  const text = lines.map((line) => seal.add(line.slice(0, -1))).join('');
  return text + seal.end();
}
