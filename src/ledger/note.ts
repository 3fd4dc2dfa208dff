/**
 * C2SP signed notes: a text, a blank line, and signature lines of the form `— <name> <base64>`.
 * Checkpoints and statements are such notes.
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { decodeBase64, isKeyName, keyId, rawPublicKey, type VerifierKey } from './vkey.js';

export { BadVerifierKey, parseVerifierKey, rawPublicKey, type VerifierKey, verifierKeyText } from './vkey.js';

/** Bounds the work that a hostile note can cause. The format asks for at least 16 signatures. */
const MAX_SIGNATURES = 100;
const KEY_ID_BYTES = 4;

export interface NoteSigner {
  name: string;
  privateKey: KeyObject;
}

interface Signature {
  name: string;
  id: Buffer;
  signature: Buffer;
}

/** The text must end in a line feed and hold no other control character. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isPlain(text)) {
    throw new TypeError('the text of a note ends in a line feed and holds no other control character');
  }
  const lines = signers.map(({ name, privateKey }) => {
    if (!isKeyName(name)) throw new TypeError('the name of a key is not empty and holds no space and no "+"');
    const signature = sign(null, Buffer.from(text), privateKey);
    const bytes = Buffer.concat([keyId(name, rawPublicKey(privateKey)), signature]);
    return `— ${name} ${bytes.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * The text, if one of the keys has validly signed it. Null when the note is malformed, when no known key has
 * signed, or when a signature that claims to be by a known key is not. Signatures by unknown keys are ignored.
 */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
): { text: string; signedBy: VerifierKey[] } | null {
  const parsed = parseNote(note);
  if (parsed === null) return null;
  const { text, signatures } = parsed;
  const bytes = Buffer.from(text);
  const signedBy: VerifierKey[] = [];
  for (const { name, id, signature } of signatures) {
    const key = keys.find((known) => known.name === name && known.id.equals(id));
    if (key === undefined) continue;
    if (!verify(null, bytes, key.publicKey, signature)) return null;
    if (!signedBy.includes(key)) signedBy.push(key);
  }
  return signedBy.length > 0 ? { text, signedBy } : null;
}

/** What stands in a note, believed by nobody. Null when it is malformed. */
export function parseNote(note: string): { text: string; signatures: Signature[] } | null {
  if (!isPlain(note)) return null;
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const lines = note.slice(end + 2).split('\n');
  lines.pop();
  if (lines.length === 0 || lines.length > MAX_SIGNATURES) return null;
  const signatures: Signature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === null) return null;
    signatures.push(signature);
  }
  return { text: note.slice(0, end + 1), signatures };
}

function parseSignature(line: string): Signature | null {
  const [dash, name, encoded, ...more] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined || more.length > 0) return null;
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length <= KEY_ID_BYTES) return null;
  return { name, id: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** Valid Unicode without any control character but the line feed. */
function isPlain(text: string): boolean {
  return !/[\u0000-\u0009\u000b-\u001f\ud800-\udfff]/u.test(text);
}
