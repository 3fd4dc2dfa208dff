import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/**
 * Makes bundles that hold what Reeve would never write, but sealed and signed as if it had: with the published key a
 * forger can do all that the holder of a key can. Written from docs/ledger-format.md as well, so that neither verifier
 * is tested with its own code.
 */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type Members = { [name: string]: Json };

export interface Draft {
  header: Members;
  entries: Members[];
  statements: string[];
  consistency: Members[];
}

export class Key {
  readonly name: string;
  readonly #private: KeyObject;
  readonly #bytes: Buffer;
  readonly #made = new Map<string, string>();

  constructor(seed: string, name: string) {
    const der = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(seed, 'hex'),
    ]);
    this.#private = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const raw = createPublicKey(this.#private).export({ format: 'der', type: 'spki' }).subarray(-32);
    this.name = name;
    this.#bytes = Buffer.concat([Buffer.of(1), raw]);
  }

  get #id(): Buffer {
    return sha256(this.name, '\n', this.#bytes).subarray(0, 4);
  }

  get vkey(): string {
    return `${this.name}+${this.#id.toString('hex')}+${this.#bytes.toString('base64')}`;
  }

  signature(text: string): string {
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    const signed = sign(null, Buffer.from(text), this.#private);
    const line = `— ${this.name} ${Buffer.concat([this.#id, signed]).toString('base64')}\n`;
    this.#made.set(text, line);
    return line;
  }
}

export function noteOf(text: string, ...keys: readonly Key[]): string {
  return `${text}\n${keys.map((key) => key.signature(text)).join('')}`;
}

function sha256(...pieces: (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

/** JSON with sorted members, of anything: a forger does not mind what may be hashed. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${sorted(value[name]!)}`).join(',')}}`;
}

const hex = (text: Json | undefined) => Buffer.from(String(text), 'hex');

export function leafOf(entry: Members): Buffer {
  return sha256(Buffer.of(0), sorted(entry.public ?? null));
}

/** Makes the hashes of an entry fit whatever it holds by now. */
export function seal(entry: Members): void {
  const open = entry.public as Members;
  for (const part of ['actor', 'rest']) {
    const salt = entry[`${part}Salt`];
    if (entry[part] == null || salt == null) continue;
    open[`${part}Commitment`] = sha256(Buffer.of(2), hex(salt), sorted(entry[part])).toString('hex');
  }
  entry.leaf = leafOf(entry).toString('hex');
}

export function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)));
}

/** The roots of the perfect subtrees of a tree's first `size` leaves. */
export function anchorOf(leaves: readonly Buffer[], size: number): Members {
  const hashes: string[] = [];
  for (let done = 0; done < size; ) {
    const power = 2 ** Math.floor(Math.log2(size - done));
    hashes.push(rootOf(leaves.slice(done, done + power)).toString('hex'));
    done += power;
  }
  return { size, hashes };
}

/** RFC 9162, 2.1.4.1, as it stands there. */
export function consistencyPath(from: number, leaves: readonly Buffer[], isWhole = true): Buffer[] {
  if (from === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return from <= left
    ? [...consistencyPath(from, leaves.slice(0, left), isWhole), rootOf(leaves.slice(left))]
    : [...consistencyPath(from - left, leaves.slice(left), false), rootOf(leaves.slice(0, left))];
}

/** RFC 9162, 2.1.3.1. */
export function inclusionPath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return index < left
    ? [...inclusionPath(index, leaves.slice(0, left)), rootOf(leaves.slice(left))]
    : [...inclusionPath(index - left, leaves.slice(left)), rootOf(leaves.slice(0, left))];
}

export function checkpointOf(
  origin: string,
  leaves: readonly Buffer[],
  size: number,
  ...keys: readonly Key[]
): string {
  return noteOf(`${origin}\n${size}\n${rootOf(leaves.slice(0, size)).toString('base64')}\n`, ...keys);
}

/** All lines but the last. */
export function linesOf(
  { header, entries, statements, consistency }: Draft,
  checkpoints: readonly string[],
): string[] {
  return [
    JSON.stringify(header),
    ...entries.map((entry) => JSON.stringify(entry)),
    ...statements.map((note) => JSON.stringify({ type: 'statement', note })),
    ...checkpoints.map((note) => JSON.stringify({ type: 'checkpoint', note })),
    ...consistency.map((line) => JSON.stringify(line)),
  ];
}

/** Adds an end line that fits what stands above it, whatever that is. */
export function closed(lines: readonly (string | Buffer)[], change: Members = {}): Buffer {
  const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));
  const count = (type: string) => lines.filter((line) => line.includes(`"type":"${type}"`)).length;
  const end = {
    type: 'end',
    entries: count('entry'),
    statements: count('statement'),
    checkpoints: count('checkpoint'),
    sha256: sha256(body).toString('hex'),
    ...change,
  };
  return Buffer.concat([body, Buffer.from(`${JSON.stringify(end)}\n`)]);
}
