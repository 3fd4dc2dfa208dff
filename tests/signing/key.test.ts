import { createHash, generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { rawPublicKey } from '../../src/ledger/note.js';
import { loadSigningKey, makeSigningKey, signingKeyPath } from '../../src/signing/key.js';
import { fixedBytes, knownKey, ORIGIN } from '../ledger/samples.js';
import { tempFolder } from '../support/tempFolder.js';

test('a key is made for its owner alone to read, and found again', () => {
  const dataDir = tempFolder();
  expect(loadSigningKey(dataDir, undefined)).toBeNull();
  const made = makeSigningKey(dataDir);
  expect(statSync(signingKeyPath(dataDir)).mode & 0o777).toBe(0o600);
  expect(loadSigningKey(dataDir, undefined)?.verifierKey(ORIGIN).text).toBe(made.verifierKey(ORIGIN).text);
  expect(readdirSync(dataDir)).toEqual(['signing-key.pem']);
});

test('of two that are made at once the first one stays, for both', () => {
  const dataDir = tempFolder();
  const first = makeSigningKey(dataDir);
  const pem = readFileSync(signingKeyPath(dataDir), 'utf8');
  const second = makeSigningKey(dataDir);
  expect(second.verifierKey(ORIGIN).text).toBe(first.verifierKey(ORIGIN).text);
  expect(readFileSync(signingKeyPath(dataDir), 'utf8')).toBe(pem);
});

test('a seed in base64 or base64url, padded or not, is a key; so is the path of a PEM file', () => {
  const seed = fixedBytes('configured');
  const expected = rawPublicKey(knownKey('configured'));
  const padded = seed.toString('base64');
  const spellings = [padded, padded.replace('=', ''), seed.toString('base64url')];
  for (const configured of spellings) {
    const key = loadSigningKey('/nowhere', configured)!;
    expect(rawPublicKey(key.privateKey)).toEqual(expected);
  }
  const path = join(tempFolder(), 'key.pem');
  writeFileSync(path, knownKey('configured').export({ format: 'pem', type: 'pkcs8' }));
  expect(rawPublicKey(loadSigningKey('/nowhere', path)!.privateKey)).toEqual(expected);
});

test('each ledger has the key under its own name', () => {
  const key = makeSigningKey(tempFolder());
  const [one, two] = [key.verifierKey('reeve/a/b'), key.verifierKey('reeve/a/c')];
  expect([one.name, two.name]).toEqual(['reeve/a/b', 'reeve/a/c']);
  expect(one.id).not.toEqual(two.id);
});

test('what is no Ed25519 key is refused without being repeated', () => {
  const folder = tempFolder();
  const path = join(folder, 'key.pem');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const secret = createHash('sha256').update('secret').digest('hex');
  for (const text of ['', `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, secret]) {
    writeFileSync(path, text);
    expect(() => loadSigningKey(folder, path)).toThrow(expect.objectContaining({ code: 'SIGNING_KEY_BAD' }));
    expect(() => loadSigningKey(folder, path)).not.toThrow(secret);
  }
  writeFileSync(path, rsa.export({ format: 'pem', type: 'pkcs8' }));
  expect(() => loadSigningKey(folder, path)).toThrow(expect.objectContaining({ code: 'SIGNING_KEY_BAD' }));
  for (const configured of [join(folder, 'absent.pem'), folder, `${secret}x`]) {
    expect(() => loadSigningKey(folder, configured)).toThrow(
      expect.objectContaining({ code: 'SIGNING_KEY_MISSING' }),
    );
    expect(() => loadSigningKey(folder, configured)).not.toThrow(configured);
  }
});
