import type { PublicPart } from '../../src/ledger/entry.js';
import { Frontier } from '../../src/ledger/merkle.js';
import { leafHash, publicText } from '../../src/ledger/seal.js';
import type { KeptCheckpoint, SignableLedger } from '../../src/signing/signer.js';
import { ORIGIN, sampleEntry } from '../ledger/samples.js';

const parts: PublicPart[] = [];

/** Entry `seq` as everybody would write it; made once, since tests need thousands. */
export function honestPart(seq: number): PublicPart {
  while (parts.length < seq) parts.push(sampleEntry(parts.length + 1).public);
  return parts[seq - 1]!;
}

/** The root over honest entries 1 … `size`. */
export function honestRoot(size: number): Buffer {
  const frontier = new Frontier();
  for (let seq = 1; seq <= size; seq++) frontier.push(leafHash(publicText(honestPart(seq))));
  return frontier.root();
}

/** A ledger without a database: rows that a test may do anything to, as somebody with the database could. */
export class PlainLedger implements SignableLedger {
  readonly origin = ORIGIN;
  rows: PublicPart[] = [];
  checkpoints: KeptCheckpoint[] = [];
  pruned = new Map<number, string>();
  anchorIs = { size: 0, hashes: [] as Buffer[] };
  /** Set to fail the next time that checkpoints are to be kept, after the memory was written. */
  failToKeep = false;
  #signing: Promise<unknown> = Promise.resolve();

  growTo(size: number): this {
    while (this.rows.length < size) this.rows.push(honestPart(this.rows.length + 1));
    return this;
  }

  async size(): Promise<number> {
    return this.rows.length;
  }

  async anchor(): Promise<{ size: number; hashes: Buffer[] }> {
    return this.anchorIs;
  }

  newestKeyIs: string | null = null;

  async newestKey(): Promise<string | null> {
    return this.newestKeyIs;
  }

  async *publicParts(from: number, to: number): AsyncGenerator<PublicPart[]> {
    const wanted = this.rows.filter((row) => row.seq >= from && row.seq <= to);
    for (let start = 0; start < wanted.length; start += 300) yield wanted.slice(start, start + 300);
  }

  async newestCheckpoint(atMost: number): Promise<KeptCheckpoint | null> {
    const possible = this.checkpoints.filter((checkpoint) => checkpoint.size <= atMost);
    return possible.sort((a, b) => b.size - a.size)[0] ?? null;
  }

  async oldestCheckpoint(atLeast: number): Promise<KeptCheckpoint | null> {
    const possible = this.checkpoints.filter((checkpoint) => checkpoint.size >= atLeast);
    return possible.sort((a, b) => a.size - b.size)[0] ?? null;
  }

  async prunedStatement(to: number): Promise<string | null> {
    return this.pruned.get(to) ?? null;
  }

  exclusively<T>(work: (keep: (checkpoints: KeptCheckpoint[]) => Promise<void>) => Promise<T>): Promise<T> {
    const mine = this.#signing.then(() =>
      work(async (checkpoints) => {
        if (this.failToKeep) throw new Error('killed');
        for (const checkpoint of checkpoints) {
          if (this.checkpoints.some(({ size }) => size === checkpoint.size)) continue;
          this.checkpoints.push(checkpoint);
        }
      }),
    );
    this.#signing = mine.catch(() => {});
    return mine;
  }
}
