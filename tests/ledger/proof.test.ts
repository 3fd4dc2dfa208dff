import { describe, expect, test } from '@jest/globals';
import { verifyProof } from '../../src/ledger/proof.js';
import { UnreadableFile, type Verdict } from '../../src/ledger/verify.js';
import { verifyFile } from '../../src/ledger/verifyFile.js';
import {
  checkpointNote,
  erasedNote,
  fullEntries,
  goodProof,
  KEY,
  leavesOf,
  particularEntry,
  SIZE,
  STRANGE_KEY,
  strip,
  vkey,
} from './sampleLedger.js';
import { sampleEntry } from './samples.js';

const NOW = 7;

describe('the proof of one entry', () => {
  test('of every entry is intact, erased ones included', () => {
    for (let seq = 1; seq <= SIZE; seq += 1) {
      const verdict = judge(goodProof(seq));
      expect(verdict).toMatchObject({
        verdict: 'intact',
        isValid: true,
        from: seq,
        to: seq,
        covered: 10,
        totalRecords: 1,
        erased: [3, 5, 6].includes(seq) ? 1 : 0,
        gaps: [],
        altered: [],
        checkpoints: { verified: 1, absent: 0 },
        verifiedAt: NOW,
      });
    }
  });

  test('is recognised among files, on one line or many', async () => {
    const text = goodProof(4);
    const spread = JSON.stringify(JSON.parse(text), null, 2);
    for (const file of [text, spread]) {
      expect(await verifyFile([file], { keys: [vkey()], now: NOW })).toMatchObject({
        verdict: 'intact',
        from: 4,
      });
    }
  });

  test('of an entry that speaks of a ledger is still taken for a proof', async () => {
    const entry = sampleEntry(4, { rest: { entityId: 'ledger' } });
    const verdict = await verifyFile([goodProof(4, entry)], { keys: [vkey()], now: NOW });
    expect(verdict.verdict).toBe('forked');
  });

  test.each<[string, (proof: Proof) => void]>([
    ['a private field', (proof) => (proof.entry.rest.status = 9)],
    ['a public field', (proof) => (proof.entry.public.verb = 'X')],
    ['the leaf', (proof) => (proof.entry.leaf = 'a'.repeat(64))],
    ['a salt', (proof) => (proof.entry.actorSalt = 'a'.repeat(64))],
    ['an unknown member', (proof) => (proof.entry.note = 'x')],
    ['the index', (proof) => (proof.index = 4)],
    ['the number', (proof) => (proof.entry.public.seq = 5)],
    ['the tenant', (proof) => (proof.entry.public.tenant = 'other')],
    ['a stripped part', (proof) => Object.assign(proof.entry, { rest: null, restSalt: null })],
  ])('with %s changed is altered', (_what, change) => {
    const verdict = judge(changed(4, change));
    expect(verdict).toMatchObject({ verdict: 'altered', isValid: false });
    expect(verdict.altered[0]!.seq).toBe(verdict.from);
  });

  test('with a repeated member is altered', () => {
    const text = goodProof(4).replace('"verb":', '"verb":"X","verb":');
    expect(judge(text)).toMatchObject({ verdict: 'altered', altered: [{ seq: 4 }] });
  });

  test('of an entry sealed anew, or with another path, is forked', () => {
    expect(judge(goodProof(4, sampleEntry(4, { actor: { ip: '192.0.2.9' } })))).toMatchObject({
      verdict: 'forked',
    });
    for (let i = 0; i < 4; i += 1) {
      const bent = changed(4, (proof) => {
        proof.path[i] = 'b'.repeat(64);
      });
      expect(judge(bent)).toMatchObject({ verdict: 'forked' });
      const short = changed(4, (proof) => proof.path.splice(i, 1));
      expect(judge(short)).toMatchObject({ verdict: 'forked', root: null });
    }
  });

  test('against a checkpoint of another size, key or none is unverifiable', () => {
    expect(judge(changed(4, (proof) => (proof.size = 9)))).toMatchObject({
      verdict: 'unverifiable',
      covered: 0,
    });
    expect(judge(changed(4, (proof) => (proof.size = 3)))).toMatchObject({ verdict: 'unverifiable' });
    const strange = checkpointNote(leavesOf(fullEntries()), SIZE, [STRANGE_KEY]);
    const foreign = changed(4, (proof) => (proof.checkpoint = strange));
    expect(judge(foreign)).toMatchObject({
      verdict: 'unverifiable',
      checkpoints: { verified: 0, absent: 1 },
    });
    expect(verifyProof(goodProof(4), { keys: [], now: NOW })).toMatchObject({ verdict: 'unverifiable' });
    expect(verifyProof(goodProof(3), { keys: [], now: NOW })).toMatchObject({ verdict: 'unverifiable' });
  });

  test('is compared with checkpoints from elsewhere', () => {
    const fork = checkpointNote(leavesOf(fullEntries()).toReversed(), SIZE);
    const forked = verifyProof(goodProof(4), { keys: [vkey()], checkpoints: [fork], now: NOW });
    expect(forked).toMatchObject({ verdict: 'forked' });
    const witness = checkpointNote(leavesOf(fullEntries()), SIZE);
    const strange = changed(4, (proof) => (proof.checkpoint = checkpointNote([], 0, [STRANGE_KEY])));
    const saved = verifyProof(strange, { keys: [vkey()], checkpoints: [witness], now: NOW });
    expect(saved).toMatchObject({ verdict: 'intact' });
  });

  test.each<[string, string[]]>([
    ['no statement', []],
    ['a statement by another key', [erasedNote(undefined, [STRANGE_KEY])]],
    ['a statement about later entries', [erasedNote({ seq: 12, actor: [[3, 3]], rest: [] }, [KEY])]],
    ['a statement about others', [erasedNote({ seq: 8, actor: [[4, 4]], rest: [[3, 3]] })]],
  ])('of an erased entry with %s is altered', (_what, statements) => {
    const text = changed(3, (proof) => (proof.statements = statements));
    expect(judge(text)).toMatchObject({ verdict: 'altered', altered: [{ seq: 3 }], erased: 0 });
    expect(judge(goodProof(9, strip(particularEntry(9), 'actor')))).toMatchObject({ verdict: 'altered' });
  });

  test.each<[string, string]>([
    ['no JSON', 'hello'],
    ['another format', goodProof(4).replace('reeve-proof/1', 'reeve-proof/2')],
    ['no path', goodProof(4).replace('"path"', '"way"')],
    ['a path that is no hashes', goodProof(4).replace('"path":[', '"path":[5,')],
    ['no checkpoint', goodProof(4).replace('"checkpoint"', '"check"')],
    ['no statements', goodProof(4).replace('"statements":[', '"statements":[5,')],
    ['a list', '[]'],
  ])('with %s cannot be read', (_what, text) => {
    expect(() => judge(text)).toThrow(UnreadableFile);
  });

  test('that is not UTF-8 cannot be read', () => {
    expect(() => verifyProof(Buffer.of(0xff), { keys: [], now: NOW })).toThrow(/UTF-8/);
  });
});

interface Proof {
  entry: Record<string, unknown> & { public: Record<string, unknown>; rest: Record<string, unknown> };
  index: number;
  size: number;
  path: string[];
  checkpoint: string;
  statements: string[];
}

function changed(seq: number, change: (proof: Proof) => void): string {
  const proof = JSON.parse(goodProof(seq)) as Proof;
  change(proof);
  return JSON.stringify(proof);
}

function judge(text: string): Verdict {
  return verifyProof(text, { keys: [vkey()], now: NOW });
}
