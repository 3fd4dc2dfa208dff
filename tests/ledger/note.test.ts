import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BadVerifierKey,
  openNote,
  parseVerifierKey,
  rawPublicKey,
  signNote,
  verifierKeyText,
} from '../../src/ledger/note.js';

/** Published with Go's golang.org/x/mod/sumdb/note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const ENOCH = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
/** The private half of the first, published with it: 0x01 and the 32-byte seed. */
const PETER_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);

/** The example of the C2SP specification. */
const FOO = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const FOO_NOTE =
  'This is an example message.\n\n' +
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

const peter = parseVerifierKey(PETER);
const enoch = parseVerifierKey(ENOCH);
const note = `${TEXT}\n${PETER_LINE}`;

describe('against published notes', () => {
  test('opens the example of the specification', () => {
    const key = parseVerifierKey(FOO);
    expect(openNote(FOO_NOTE, [key])).toEqual({ text: 'This is an example message.\n', signedBy: [key] });
  });

  test('opens a note by one, by two, and by one of two keys', () => {
    expect(openNote(note, [peter])).toEqual({ text: TEXT, signedBy: [peter] });
    expect(openNote(note + ENOCH_LINE, [peter, enoch])?.signedBy).toEqual([peter, enoch]);
    expect(openNote(note + ENOCH_LINE, [enoch])?.signedBy).toEqual([enoch]);
  });

  test('signs the same note with the published private key', () => {
    const privateKey = keyFromSeed(PETER_SEED);
    expect(signNote(TEXT, [{ name: 'PeterNeumann', privateKey }])).toBe(note);
    expect(verifierKeyText('PeterNeumann', rawPublicKey(privateKey))).toBe(PETER);
  });
});

describe('openNote', () => {
  test('ignores unknown signatures, and is nothing without a known one', () => {
    expect(openNote(note, [])).toBeNull();
    expect(openNote(note, [enoch])).toBeNull();
    const other = parseVerifierKey(verifierKeyText('PeterNeumann', rawPublicKey(enoch.publicKey)));
    expect(openNote(note, [other])).toBeNull();
  });

  test('refuses a note in which a signature by a known key is false, though another is right', () => {
    const forged = ENOCH_LINE.replace('rwz+eBzm', 'rwz+eBzn');
    expect(openNote(note + forged, [peter, enoch])).toBeNull();
    expect(openNote(note + forged, [peter])?.text).toBe(TEXT);
  });

  test('counts a repeated signature once', () => {
    expect(openNote(note + PETER_LINE, [peter])?.signedBy).toEqual([peter]);
  });

  test('takes the last empty line as the end of the text', () => {
    const privateKey = keyFromSeed(PETER_SEED);
    const text = 'one\n\ntwo\n\n— PeterNeumann AAAA\n';
    const signed = signNote(text, [{ name: 'PeterNeumann', privateKey }]);
    expect(openNote(signed, [peter])?.text).toBe(text);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['no signature', `${TEXT}\n`],
    ['no blank line', `${TEXT}${PETER_LINE}`],
    ['no last line feed', note.slice(0, -1)],
    ['carriage returns', note.replaceAll('\n', '\r\n')],
    ['a control character', note.replace('problem is', 'problem\tis')],
    ['NUL', `\0${note}`],
    ['a lone surrogate', `\ud800${note}`],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['two spaces', note.replace('— P', '—  P')],
    ['no base64', `${TEXT}\n— PeterNeumann ???\n`],
    ['no padding', note.replace('AM=', 'AM')],
    ['loose bits in the padding', note.replace('nAM=', 'nAN=')],
    ['too short a signature', `${TEXT}\n— PeterNeumann x08gow==\n`],
    ['a signature of nothing', `${TEXT}\n— PeterNeumann \n`],
    ['a plus in a name', `${note}— a+b x08go/ZJ\n`],
    ['a line that is no signature', `${note}hello\n`],
    ['too many signatures', note + '— someone AAAAAAAA\n'.repeat(100)],
  ])('refuses a note with %s', (_what, text) => {
    expect(openNote(text, [peter])).toBeNull();
  });

  test('accepts a hundred signatures', () => {
    expect(openNote(note + '— someone AAAAAAAA\n'.repeat(99), [peter])?.text).toBe(TEXT);
  });

  test('no changed character of text or signature passes', () => {
    const end = note.length - 1;
    fc.assert(
      fc.property(fc.nat(end), fc.constantFrom('A', 'b', '7', '/', ' '), (at, letter) => {
        const changed = note.slice(0, at) + letter + note.slice(at + 1);
        if (changed !== note) expect(openNote(changed, [peter])).toBeNull();
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('signNote', () => {
  test('signs with an old and a new key at once', () => {
    const [old, next] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const keys = [old, next].map((pair) =>
      parseVerifierKey(verifierKeyText('log', rawPublicKey(pair.publicKey))),
    );
    const signed = signNote('text\n', [
      { name: 'log', privateKey: old.privateKey },
      { name: 'log', privateKey: next.privateKey },
    ]);
    expect(openNote(signed, keys)?.signedBy).toEqual(keys);
    for (const key of keys) expect(openNote(signed, [key])?.signedBy).toEqual([key]);
  });

  test('refuses a text that could not be opened again', () => {
    const signer = { name: 'log', privateKey: keyFromSeed(PETER_SEED) };
    for (const text of ['', 'no line feed', 'tab\there\n'])
      expect(() => signNote(text, [signer])).toThrow(TypeError);
    expect(() => signNote('text\n', [{ ...signer, name: 'a b' }])).toThrow(TypeError);
  });
});

describe('parseVerifierKey', () => {
  test.each<[string, string, RegExp]>([
    ['too few parts', 'PeterNeumann+c74f20a3', /three parts/],
    ['a file that is no key', 'hello', /three parts/],
    ['an empty name', PETER.replace('PeterNeumann', ''), /name/],
    ['a space in the name', PETER.replace('PeterNeumann', 'Peter Neumann'), /name/],
    ['a short id', PETER.replace('c74f20a3', 'c74f20a'), /8 lower-case hex/],
    ['an id in capitals', PETER.replace('c74f20a3', 'C74F20A3'), /8 lower-case hex/],
    ['the id of another key', PETER.replace('c74f20a3', 'af0cfe78'), /one of the three was changed/],
    ['the name of another key', PETER.replace('PeterNeumann', 'EnochRoot'), /one of the three was changed/],
    ['broken base64', PETER.slice(0, -1), /base64/],
    ['another algorithm', `x+00000000+${Buffer.alloc(33, 2).toString('base64')}`, /0x01/],
    ['a short key', `x+00000000+${Buffer.alloc(32, 1).toString('base64')}`, /32 bytes/],
  ])('refuses %s, says why, and shows one that works', (_what, text, why) => {
    let thrown: unknown;
    try {
      parseVerifierKey(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BadVerifierKey);
    const error = thrown as BadVerifierKey;
    expect(error.message).toMatch(why);
    expect(error.code).toBe('BAD_VERIFIER_KEY');
    expect(parseVerifierKey(error.example).name).toBe('example.com/foo');
  });

  test('takes a key with white space around it, as a file holds it', () => {
    expect(parseVerifierKey(`${PETER}\n`).text).toBe(PETER);
  });
});

function keyFromSeed(seed: Buffer) {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}
