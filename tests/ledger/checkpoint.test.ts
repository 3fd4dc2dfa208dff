import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkpointText, openCheckpoint, parseCheckpoint } from '../../src/ledger/checkpoint.js';
import { EMPTY_ROOT } from '../../src/ledger/merkle.js';
import { parseVerifierKey, rawPublicKey, signNote, verifierKeyText } from '../../src/ledger/note.js';

const ORIGIN = 'reeve/test/default';
const ROOT = EMPTY_ROOT.toString('base64');

describe('checkpoint', () => {
  test('reads the example of the specification', () => {
    const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    const checkpoint = parseCheckpoint(text);
    expect(checkpoint?.size).toBe(20852163);
    expect(checkpointText(checkpoint!)).toBe(text);
  });

  test('tolerates extension lines', () => {
    const text = `${ORIGIN}\n0\n${ROOT}\nan extension\n`;
    expect(parseCheckpoint(text)).toEqual({ origin: ORIGIN, size: 0, root: EMPTY_ROOT });
  });

  test.each<[string, string]>([
    ['a leading zero', `${ORIGIN}\n07\n${ROOT}\n`],
    ['a sign', `${ORIGIN}\n+7\n${ROOT}\n`],
    ['a negative size', `${ORIGIN}\n-7\n${ROOT}\n`],
    ['a fraction', `${ORIGIN}\n7.0\n${ROOT}\n`],
    ['a size above 2^53 − 1', `${ORIGIN}\n9007199254740992\n${ROOT}\n`],
    ['an empty size', `${ORIGIN}\n\n${ROOT}\n`],
    ['a short root', `${ORIGIN}\n7\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root without padding', `${ORIGIN}\n7\n${ROOT.slice(0, -1)}\n`],
    ['no root', `${ORIGIN}\n7\n`],
    ['no last line feed', `${ORIGIN}\n7\n${ROOT}`],
    ['an empty extension line', `${ORIGIN}\n7\n${ROOT}\n\n`],
    ['no origin', `\n7\n${ROOT}\n`],
  ])('refuses %s', (_what, text) => {
    expect(parseCheckpoint(text)).toBeNull();
  });

  test('is believed only by the key that bears the name of the origin', () => {
    const pair = generateKeyPairSync('ed25519');
    const key = parseVerifierKey(verifierKeyText(ORIGIN, rawPublicKey(pair.publicKey)));
    const text = checkpointText({ origin: ORIGIN, size: 0, root: EMPTY_ROOT });
    const note = signNote(text, [{ name: ORIGIN, privateKey: pair.privateKey }]);
    expect(openCheckpoint(note, [key])).toEqual({ origin: ORIGIN, size: 0, root: EMPTY_ROOT });

    const other = parseVerifierKey(verifierKeyText('reeve/test/other', rawPublicKey(pair.publicKey)));
    const foreign = signNote(text, [{ name: 'reeve/test/other', privateKey: pair.privateKey }]);
    expect(openCheckpoint(foreign, [key, other])).toBeNull();
    const noCheckpoint = signNote('hello\n', [{ name: ORIGIN, privateKey: pair.privateKey }]);
    expect(openCheckpoint(noCheckpoint, [key])).toBeNull();
  });

  test('is not written with a size or root that is none', () => {
    expect(() => checkpointText({ origin: ORIGIN, size: -1, root: EMPTY_ROOT })).toThrow(RangeError);
    expect(() => checkpointText({ origin: ORIGIN, size: 1, root: EMPTY_ROOT.subarray(1) })).toThrow(
      RangeError,
    );
  });
});
