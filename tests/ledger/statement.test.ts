import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkpointText } from '../../src/ledger/checkpoint.js';
import { EMPTY_ROOT } from '../../src/ledger/merkle.js';
import { parseVerifierKey, rawPublicKey, signNote, verifierKeyText } from '../../src/ledger/note.js';
import { erasedText, openStatement, parseStatement, prunedText } from '../../src/ledger/statement.js';

const ORIGIN = 'reeve/test/default';
const ROOT = EMPTY_ROOT.toString('base64');

describe('statement', () => {
  test('of pruning is written and read', () => {
    const text = prunedText({ origin: ORIGIN, to: 12, root: EMPTY_ROOT });
    expect(text).toBe(`${ORIGIN}/pruned\n12\n${ROOT}\n`);
    expect(parseStatement(text)).toEqual({ kind: 'pruned', origin: ORIGIN, to: 12, root: EMPTY_ROOT });
  });

  test('of erasure is written and read', () => {
    const erased = {
      origin: ORIGIN,
      seq: 12,
      actor: [
        [3, 5],
        [9, 9],
      ] as [number, number][],
      rest: [],
    };
    const text = erasedText(erased);
    expect(text).toBe(`${ORIGIN}/erased\n12\nactor 3-5,9\nrest -\n`);
    expect(parseStatement(text)).toEqual({ kind: 'erased', ...erased });
  });

  test.each<[string, string]>([
    ['descending ranges', 'actor 9,3-5'],
    ['ranges that overlap', 'actor 3-5,5'],
    ['a range backwards', 'actor 5-3'],
    ['the number of the entry itself', 'actor 12'],
    ['a later number', 'actor 11-13'],
    ['number 0', 'actor 0-3'],
    ['an open range', 'actor 3-'],
    ['a range of three', 'actor 3-4-5'],
    ['a leading zero', 'actor 03'],
    ['a space', 'actor 3, 5'],
    ['nothing', 'actor '],
    ['a trailing comma', 'actor 3,'],
    ['another part', 'public 3'],
  ])('of erasure with %s is refused', (_what, line) => {
    expect(parseStatement(`${ORIGIN}/erased\n12\n${line}\nrest -\n`)).toBeNull();
    expect(parseStatement(`${ORIGIN}/erased\n12\nactor 3\nrest 4\n`)).not.toBeNull();
  });

  test.each([
    `${ORIGIN}/erased\n12\nactor 3\n`,
    `${ORIGIN}/erased\n12\nactor 3\nrest 4`,
    `${ORIGIN}/erased\n12\nactor 3\nrest 4\nmore\n`,
    `${ORIGIN}/erased\n012\nactor 3\nrest 4\n`,
    `${ORIGIN}/pruned\n0\n${ROOT}\n`,
    `${ORIGIN}/pruned\n7\n${ROOT}\nmore\n`,
    `${ORIGIN}/pruned\n7\n${ROOT.slice(4)}\n`,
    `${ORIGIN}/forgotten\n7\n${ROOT}\n`,
    `${ORIGIN}\n7\n${ROOT}\n`,
    '/pruned\n7\n\n',
    '',
  ])('%j is none', (text) => {
    expect(parseStatement(text)).toBeNull();
  });

  test('is not written when it could not be read', () => {
    expect(() => erasedText({ origin: ORIGIN, seq: 5, actor: [[5, 5]], rest: [] })).toThrow(RangeError);
    expect(() => prunedText({ origin: ORIGIN, to: 0, root: EMPTY_ROOT })).toThrow(RangeError);
  });

  test('is believed only by the key of its ledger, and a checkpoint is no statement', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const key = parseVerifierKey(verifierKeyText(ORIGIN, rawPublicKey(publicKey)));
    const signer = [{ name: ORIGIN, privateKey }];
    const note = signNote(prunedText({ origin: ORIGIN, to: 7, root: EMPTY_ROOT }), signer);
    expect(openStatement(note, [key])?.kind).toBe('pruned');
    expect(openStatement(note, [])).toBeNull();
    const other = signNote(prunedText({ origin: 'reeve/test/other', to: 7, root: EMPTY_ROOT }), signer);
    expect(openStatement(other, [key])).toBeNull();
    const checkpoint = signNote(checkpointText({ origin: ORIGIN, size: 7, root: EMPTY_ROOT }), signer);
    expect(openStatement(checkpoint, [key])).toBeNull();
  });
});
