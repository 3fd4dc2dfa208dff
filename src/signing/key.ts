import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../config/userError.js';
import { parseVerifierKey, rawPublicKey, type VerifierKey, verifierKeyText } from '../ledger/note.js';
import { createDurably } from './durableFile.js';

/** PKCS #8 wrapping of a bare 32-byte Ed25519 seed: everything that comes before the seed. */
const SEED_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private key of an installation. Each tenant's ledger uses it under the ledger's own name. */
export interface SigningKey {
  privateKey: KeyObject;
  /** The verifier key under the name of one ledger. */
  verifierKey(origin: string): VerifierKey;
}

export function signingKeyPath(dataDir: string): string {
  return join(dataDir, 'signing-key.pem');
}

/** The configured key, else the one in the data directory, else null. `configured` is a file or a base64 seed. */
export function loadSigningKey(dataDir: string, configured: string | undefined): SigningKey | null {
  if (configured !== undefined) return fromConfiguration(configured);
  const path = signingKeyPath(dataDir);
  return existsSync(path) ? signingKeyFromPem(readFileSync(path, 'utf8'), path) : null;
}

/**
 * Makes a key and keeps it, readable by its owner only. Only ever called for a database without entries. Of several
 * processes that start at once the first one makes it, and the others take that: a key is never overwritten.
 */
export function makeSigningKey(dataDir: string): SigningKey {
  const path = signingKeyPath(dataDir);
  const { key, pem } = newSigningKey();
  if (createDurably(path, pem, 0o600)) return key;
  return signingKeyFromPem(readFileSync(path, 'utf8'), path);
}

/** A key that lies nowhere yet. */
export function newSigningKey(): { key: SigningKey; pem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { key: wrap(privateKey), pem: privateKey.export({ format: 'pem', type: 'pkcs8' }) as string };
}

function fromConfiguration(configured: string): SigningKey {
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(configured)) {
    const seed = Buffer.from(configured.replaceAll('-', '+').replaceAll('_', '/'), 'base64');
    const der = Buffer.concat([SEED_PREFIX, seed]);
    return wrap(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }
  if (!existsSync(configured) || !statSync(configured).isFile()) {
    throw new UserError({
      code: 'SIGNING_KEY_MISSING',
      message: 'REEVE_SIGNING_KEY names no file there is, and is no base64 of a 32-byte seed.',
      hint: 'Give the path of a PEM file with an Ed25519 private key, or the seed itself.',
      example: 'REEVE_SIGNING_KEY=/etc/reeve/signing-key.pem',
    });
  }
  return signingKeyFromPem(readFileSync(configured, 'utf8'), 'the file named by REEVE_SIGNING_KEY');
}

/** The key of a PEM file; `where` says which file, in errors. */
export function signingKeyFromPem(pem: string, where: string): SigningKey {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // Told below; the parser's own message might quote the key.
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new UserError({
      code: 'SIGNING_KEY_BAD',
      message: `${where} holds no Ed25519 private key in PEM form.`,
      hint: 'Restore it from your backup. A new key can be made with: openssl genpkey -algorithm ed25519',
    });
  }
  return wrap(key);
}

function wrap(privateKey: KeyObject): SigningKey {
  const raw = rawPublicKey(createPublicKey(privateKey));
  return { privateKey, verifierKey: (origin) => parseVerifierKey(verifierKeyText(origin, raw)) };
}
