/** Verifier keys of C2SP signed-note: how a public key is written down, passed on and trusted. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';

/** The type byte of a plain Ed25519 signature. */
const ED25519 = 1;
const KEY_BYTES = 32;
const EXAMPLE = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

export interface VerifierKey {
  name: string;
  /** The first four bytes of a hash over name and key: a label, not a security measure. */
  id: Buffer;
  publicKey: KeyObject;
  /** `name+<hex id>+<base64>`, as it is given to others. */
  text: string;
}

/** What was given as a verifier key is none. */
export class BadVerifierKey extends Error {
  override name = 'BadVerifierKey';
  readonly code = 'BAD_VERIFIER_KEY';
  readonly rule =
    'a verifier key is <name>+<8 hex digits>+<base64 of 0x01 and the 32-byte Ed25519 public key>';
  readonly example = EXAMPLE;

  constructor(why: string) {
    super(`${why}: a verifier key is <name>+<8 hex digits>+<base64>, for example ${EXAMPLE}`);
  }
}

export function parseVerifierKey(text: string): VerifierKey {
  const trimmed = text.trim();
  const [name, idText, ...rest] = trimmed.split('+');
  // Base64 may hold a plus sign itself; a name may not.
  const keyText = rest.join('+');
  if (name === undefined || idText === undefined || keyText === '') {
    throw new BadVerifierKey('that has not the three parts that "+" separates');
  }
  if (!isKeyName(name)) throw new BadVerifierKey('its name is empty or holds a space');
  if (!/^[0-9a-f]{8}$/.test(idText))
    throw new BadVerifierKey('its second part is not 8 lower-case hex digits');
  const typed = decodeBase64(keyText);
  if (typed === null) throw new BadVerifierKey('its third part is not padded base64');
  if (typed[0] !== ED25519) throw new BadVerifierKey('its key is not of type 0x01, Ed25519');
  if (typed.length !== 1 + KEY_BYTES) throw new BadVerifierKey('its key has not 32 bytes');
  const raw = typed.subarray(1);
  const id = keyId(name, raw);
  if (id.toString('hex') !== idText) {
    throw new BadVerifierKey(
      `its id is ${idText}, but name and key make ${id.toString('hex')}; one of the three was changed`,
    );
  }
  return { name, id, publicKey: publicKeyOf(raw), text: trimmed };
}

export function verifierKeyText(name: string, rawPublicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new BadVerifierKey('its name is empty or holds a space or "+"');
  if (rawPublicKey.length !== KEY_BYTES) throw new BadVerifierKey('its key has not 32 bytes');
  const typed = Buffer.concat([Buffer.of(ED25519), rawPublicKey]).toString('base64');
  return `${name}+${keyId(name, rawPublicKey).toString('hex')}+${typed}`;
}

/** The 32 bytes of an Ed25519 key, public or private. */
export function rawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const { kty, crv, x } = publicKey.export({ format: 'jwk' });
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined)
    throw new BadVerifierKey('that key is not Ed25519');
  return Buffer.from(x, 'base64url');
}

export function keyId(name: string, rawPublicKey: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), rawPublicKey]);
  return Buffer.from(hash('sha256', named, 'hex'), 'hex').subarray(0, 4);
}

/** Not empty, without Unicode space and without "+". */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name);
}

/** Padded standard base64 in its one canonical spelling, or null. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
