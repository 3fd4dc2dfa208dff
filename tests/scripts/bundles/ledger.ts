import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  anchorOf,
  checkpointOf,
  closed,
  consistencyPath,
  inclusionPath,
  Key,
  leafOf,
  linesOf,
  type Members,
  noteOf,
  rootOf,
  seal,
} from './forgery.js';

export const VECTORS = fileURLToPath(new URL('../../../docs/vectors/', import.meta.url));
export const ORIGIN = 'reeve/example/default';
/** The last entry, and the one that says who was erased. */
export const LAST = 10;
export const ERASURE = 8;

export interface Case {
  file: string;
  what: string;
  vkeys: string[];
  checkpoints: string[];
  verdict: string;
  firstBad: number | null;
  exit: number;
}

interface Index {
  keys: Record<'signing' | 'next' | 'strange', { vkey: string; seed: string }>;
  [list: string]: unknown;
}

const index = JSON.parse(readFileSync(`${VECTORS}index.json`, 'utf8')) as Index;
export const CASES = Object.values(index).find(Array.isArray) as Case[];
export const SIGNING = new Key(index.keys.signing.seed, ORIGIN);
export const NEXT = new Key(index.keys.next.seed, ORIGIN);
export const STRANGE = new Key(index.keys.strange.seed, ORIGIN);

export function linesOfVector(file: string): string[] {
  return readFileSync(VECTORS + file, 'utf8')
    .trimEnd()
    .split('\n');
}

/** The ledger of good.ndjson, to be changed at will and then sealed and signed anew. */
export class Ledger {
  readonly entries: Members[];
  statements: string[];
  sizes = [0, 3, 4, 8, LAST];
  pruned = 0;
  keys: Key[] = [SIGNING];
  header: Members = {};
  consistency: Members[] | undefined;

  constructor() {
    const lines = linesOfVector('good.ndjson').map((line) => JSON.parse(line) as Members);
    this.entries = lines.filter(({ type }) => type === 'entry');
    this.statements = lines.filter(({ type }) => type === 'statement').map(({ note }) => String(note));
  }

  entry(seq: number): Members {
    return this.entries[seq - 1]!;
  }

  get leaves(): Buffer[] {
    return this.entries.map(leafOf);
  }

  seal(): this {
    for (const entry of this.entries) seal(entry);
    return this;
  }

  /** Entries 1 to `size` are gone, as retention takes them away. */
  prune(size: number): this {
    this.pruned = size;
    const root = rootOf(this.leaves.slice(0, size)).toString('base64');
    this.statements.push(noteOf(`${ORIGIN}/pruned\n${size}\n${root}\n`, ...this.keys));
    return this;
  }

  checkpoint(size: number): string {
    return this.#checkpoint(size, this.leaves);
  }

  #checkpoint(size: number, leaves: readonly Buffer[]): string {
    return checkpointOf(ORIGIN, leaves, size, ...this.keys);
  }

  /** The lines from entry `pruned` + 1 up to entry `to`, without the end line. */
  lines(to = this.entries.length): string[] {
    const { leaves, pruned } = this;
    const sizes = this.sizes.filter((size) => size <= to);
    const header = {
      type: 'ledger',
      format: 'reeve-bundle/1',
      tenant: 'default',
      origin: ORIGIN,
      vkeys: this.keys.map(({ vkey }) => vkey),
      from: pruned + 1,
      to,
      anchor: pruned === 0 ? null : anchorOf(leaves, pruned),
      ...this.header,
    };
    const consistency = sizes
      .filter((size) => size > 0 && size < pruned)
      .map((from) => ({
        type: 'consistency',
        from,
        to: pruned,
        path: consistencyPath(from, leaves.slice(0, pruned)).map((hash) => hash.toString('hex')),
      }));
    const draft = {
      header,
      entries: this.entries.slice(pruned, to),
      statements: this.statements,
      consistency: this.consistency ?? consistency,
    };
    return linesOf(
      draft,
      [...new Set([...sizes, to])].map((size) => this.#checkpoint(size, leaves)),
    );
  }

  bundle(): Buffer {
    return closed(this.lines());
  }

  proof(seq: number): Members {
    const { type: _, ...entry } = this.entry(seq);
    return {
      format: 'reeve-proof/1',
      entry,
      index: seq - 1,
      size: this.entries.length,
      path: inclusionPath(seq - 1, this.leaves).map((hash) => hash.toString('hex')),
      checkpoint: this.checkpoint(this.entries.length),
      statements: this.statements,
      vkeys: this.keys.map(({ vkey }) => vkey),
    };
  }
}
