/** Writes one segment to a file: a bundle, packed as it comes. Nothing of it is kept in memory. */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { BundleSeal, checkpointLine, entryLine, ledgerLine, statementLine } from '../../ledger/bundle.js';
import type { Entry } from '../../ledger/entry.js';
import type { Anchor } from '../../ledger/path.js';

/** Lines are handed on in pieces of about this length: a packed stream has a price for each. */
const PIECE = 256 * 1024;
/** Half the time of the usual level for a few per cent more bytes. */
const LEVEL = 4;

export interface SegmentHead {
  tenant: string;
  origin: string;
  vkeys: readonly string[];
  from: number;
  to: number;
  anchor: Anchor;
}

export interface WrittenSegment {
  sha256: string;
  bytes: number;
}

/** Counts and hashes what has been packed. */
class Measure extends Transform {
  readonly hash: Hash = createHash('sha256');
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }
}

export class SegmentWriter {
  readonly #path: string;
  readonly #seal = new BundleSeal();
  readonly #gzip: Gzip = createGzip({ level: LEVEL });
  readonly #measure = new Measure();
  #file: WriteStream | null = null;
  #written: Promise<void> = Promise.resolve();
  #failure: Error | null = null;
  #pending = '';

  constructor(path: string) {
    this.#path = path;
  }

  async begin({ tenant, origin, vkeys, from, to, anchor }: SegmentHead): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#file = createWriteStream(this.#path, { mode: 0o600 });
    this.#written = pipeline(this.#gzip, this.#measure, this.#file);
    this.#written.catch((error: Error) => {
      this.#failure = error;
    });
    this.#line(ledgerLine({ tenant, origin, vkeys, from, to, anchor }));
  }

  /** In the order of the numbers. */
  entry(entry: Entry): void {
    this.#line(entryLine(entry));
  }

  /** Waits until what was added is on its way. */
  async drained(): Promise<void> {
    if (this.#pending === '') return;
    const piece = this.#pending;
    this.#pending = '';
    if (this.#failure !== null) throw this.#failure;
    if (!this.#gzip.write(piece)) await Promise.race([once(this.#gzip, 'drain'), this.#written]);
  }

  async end(notes: {
    statements: readonly string[];
    checkpoints: readonly string[];
  }): Promise<WrittenSegment> {
    for (const note of notes.statements) this.#line(statementLine(note));
    for (const note of notes.checkpoints) this.#line(checkpointLine(note));
    this.#pending += this.#seal.end();
    await this.drained();
    this.#gzip.end();
    await this.#written;
    return { sha256: this.#measure.hash.digest('hex'), bytes: this.#measure.bytes };
  }

  /** Takes away what there is of it. */
  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#written.catch(() => {});
    await rm(this.#path, { force: true });
  }

  #line(line: string): void {
    this.#pending += this.#seal.add(line);
    if (this.#pending.length < PIECE) return;
    // What one piece of entries comes to fits into memory; `drained` waits between them.
    if (this.#failure === null) this.#gzip.write(this.#pending);
    this.#pending = '';
  }
}
