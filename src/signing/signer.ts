import type { KeyObject } from 'node:crypto';
import { UserError } from '../config/userError.js';
import { type Checkpoint, checkpointText, openCheckpoint } from '../ledger/checkpoint.js';
import type { PublicPart } from '../ledger/entry.js';
import { Frontier } from '../ledger/merkle.js';
import { signNote, type VerifierKey } from '../ledger/note.js';
import { leafHash, publicText } from '../ledger/seal.js';
import { openStatement } from '../ledger/statement.js';
import { readMemory, type SignerMemory, writeMemory } from './memory.js';
import { appendCheckpoints, readCheckpoints } from './notesFile.js';

/** Two checkpoints never lie further apart than this many entries. */
export const CHECKPOINT_EVERY = 1000;

/** A signed checkpoint as it is kept in the database: the edge folds to the root that was signed. */
export interface KeptCheckpoint {
  size: number;
  edge: Buffer[];
  note: string;
}

/** What the signer needs of the ledger's rows. The audit room implements it over the database. */
export interface SignableLedger {
  size(): Promise<number>;
  anchor(): Promise<{ size: number; hashes: Buffer[] }>;
  /** The verifier key that signs the ledger now. */
  newestKey(): Promise<string | null>;
  /** The public parts of entries `from` … `to` in order, in batches. Absent rows are simply not there. */
  publicParts(from: number, to: number): AsyncIterable<PublicPart[]>;
  /** The newest checkpoint kept in the database of a size up to `atMost`, or null. */
  newestCheckpoint(atMost: number): Promise<KeptCheckpoint | null>;
  /** The oldest one of a size from `atLeast` on, or null. */
  oldestCheckpoint(atLeast: number): Promise<KeptCheckpoint | null>;
  prunedStatement(to: number): Promise<string | null>;
  /** Runs `work` while no other process signs this ledger; what it keeps is durable when this returns. */
  exclusively<T>(work: (keep: (checkpoints: KeptCheckpoint[]) => Promise<void>) => Promise<T>): Promise<T>;
}

export interface SignerIdentity {
  dataDir: string;
  tenant: string;
  origin: string;
  /** The key that signs; during a rotation the old one as well, first. */
  keys: { privateKey: KeyObject; verifierKey: VerifierKey }[];
}

/** Raised when the ledger is not what was signed. Whoever gets this must stop writing and tell the owners. */
export class LedgerMismatch extends UserError {
  override readonly name = 'LedgerMismatch';
}

/**
 * Signs checkpoints, and never launders: it goes on only from the edge it remembers in the data directory, with
 * leaves it recomputes from the rows, and refuses when the ledger is smaller than, or no continuation of, what it
 * signed. It stands between the database and the key, so that a rewritten database cannot get a signature.
 */
export class Signer {
  readonly #identity: SignerIdentity;
  readonly #ledger: SignableLedger;

  constructor(identity: SignerIdentity, ledger: SignableLedger) {
    this.#identity = identity;
    this.#ledger = ledger;
  }

  /** The newest size signed here, or null before the first. */
  signedSize(): number | null {
    return readMemory(this.#identity.dataDir, this.#identity.tenant)?.size ?? null;
  }

  /**
   * Signs what is not signed yet, with a checkpoint at every thousandth entry on the way, and returns the newest
   * checkpoint. Without new entries it returns the one there is, unless `again` asks for a signature by the
   * present keys (rotation).
   */
  async sign({ again = false } = {}): Promise<KeptCheckpoint> {
    for (;;) {
      const start = await this.#start();
      const size = await this.#ledger.size();
      if (start.memory !== null) this.#demandGrowth(start.memory.size, size);
      const made = await this.#extend(start.frontier, size, start.memory === null || again);
      const result = await this.#ledger.exclusively(async (keep) => {
        await this.#demandNewestKey();
        const memory = readMemory(this.#identity.dataDir, this.#identity.tenant);
        // Another process with this data directory signed in between: go on from what it signed.
        if ((memory?.size ?? -1) !== (start.memory?.size ?? -1)) return null;
        const newest = made.at(-1);
        if (newest === undefined) {
          if (memory === null) throw new Error('nothing was signed and nothing is to be signed');
          return { size: memory.size, edge: memory.edge, note: memory.note };
        }
        const root = Frontier.fromAnchor(newest.size, newest.edge).root();
        writeMemory(this.#identity.dataDir, this.#identity.tenant, { ...newest, root });
        appendCheckpoints(
          this.#identity.dataDir,
          made.map((checkpoint) => checkpoint.note),
        );
        await keep(made);
        return newest;
      });
      if (result !== null) return result;
    }
  }

  /**
   * A checkpoint of exactly this size, below the newest one: an archived segment ends with one. Its root is one that
   * was signed already, by implication: the leaves lead to it, and on to the next checkpoint.
   */
  async signAt(size: number): Promise<KeptCheckpoint> {
    if ((this.signedSize() ?? -1) < size) await this.sign();
    const memory = readMemory(this.#identity.dataDir, this.#identity.tenant);
    if (memory === null || memory.size < size) throw this.#hole(size);
    if (memory.size === size) return { size, edge: memory.edge, note: memory.note };
    const known = await this.#ledger.newestCheckpoint(size);
    if (known?.size === size && this.#edgeOf(known) !== null) return known;
    const anchor = await this.#ledger.anchor();
    if (size < anchor.size) throw this.#hole(size);
    const frontier = await this.#edgeBelow(size, anchor);
    await this.#push(frontier, size);
    const made = this.#checkpoint(frontier);
    const above = await this.#ledger.oldestCheckpoint(size + 1);
    const edgeAbove = above === null || above.size > memory.size ? null : this.#edgeOf(above);
    const goal = edgeAbove === null ? memory : { size: edgeAbove.size, root: edgeAbove.root() };
    await this.#push(frontier, goal.size);
    if (!frontier.root().equals(goal.root)) throw this.#mismatch(goal.size);
    await this.#ledger.exclusively(async (keep) => {
      await this.#demandNewestKey();
      appendCheckpoints(this.#identity.dataDir, [made.note]);
      await keep([made]);
    });
    return made;
  }

  /**
   * Compares the ledger with what was signed, at start: the rows since the last but one checkpoint must lead to
   * the root that is remembered. Also finishes what a crash between the memory and the database left undone.
   */
  async checkContinuity(): Promise<void> {
    const memory = readMemory(this.#identity.dataDir, this.#identity.tenant);
    if (memory === null) return;
    this.#demandGrowth(memory.size, await this.#ledger.size());
    const anchor = await this.#ledger.anchor();
    if (memory.size < anchor.size) return;
    const kept = await this.#ledger.newestCheckpoint(memory.size);
    const frontier = await this.#edgeBelow(memory.size, anchor);
    const made = await this.#extend(frontier, memory.size, memory.size === 0);
    if (!frontier.root().equals(memory.root)) throw this.#mismatch(memory.size);
    if (kept?.size === memory.size) return;
    const { size, edge, note } = memory;
    const lost = [...made.filter((checkpoint) => checkpoint.size !== size), { size, edge, note }];
    appendCheckpoints(
      this.#identity.dataDir,
      lost.map((checkpoint) => checkpoint.note),
    );
    await this.#ledger.exclusively((keep) => keep(lost));
  }

  /**
   * Goes on from a restored, older ledger, which is what an operator has decided and an entry of the ledger says:
   * `lost` is what this host signed last, and the ledger's entries up to `restoredSize` are what is left of it. The
   * caller has verified them; here they lead from a signed edge to the new checkpoint, which takes the place of what
   * was remembered.
   */
  async goOnFrom(restoredSize: number, lost: Pick<SignerMemory, 'size' | 'root'>): Promise<KeptCheckpoint> {
    const anchor = await this.#ledger.anchor();
    const size = await this.#ledger.size();
    const frontier = await this.#edgeBelow(restoredSize + 1, anchor);
    const made = await this.#extend(frontier, size, true);
    const newest = made.at(-1)!;
    await this.#ledger.exclusively(async (keep) => {
      await this.#demandNewestKey();
      const memory = readMemory(this.#identity.dataDir, this.#identity.tenant);
      if (memory?.size !== lost.size || !memory.root.equals(lost.root)) throw this.#mismatch(lost.size);
      const root = Frontier.fromAnchor(newest.size, newest.edge).root();
      writeMemory(this.#identity.dataDir, this.#identity.tenant, { ...newest, root });
      appendCheckpoints(
        this.#identity.dataDir,
        made.map((checkpoint) => checkpoint.note),
      );
      await keep(made);
    });
    return newest;
  }

  /**
   * How many of the first `size` entries must be those that were signed last, by the edge that is remembered: its
   * perfect subtrees that lie within them. Null where the rows give others.
   */
  async vouchedBeginning(size: number, signed: Pick<SignerMemory, 'size' | 'edge'>): Promise<number | null> {
    let [reach, count] = [0, 0];
    for (let left = signed.size; left > 0; count += 1) {
      const subtree = 2 ** Math.floor(Math.log2(left));
      if (reach + subtree > size) break;
      reach += subtree;
      left -= subtree;
    }
    const anchor = await this.#ledger.anchor();
    if (reach <= anchor.size) return 0;
    const frontier = await this.#edgeBelow(reach + 1, anchor);
    await this.#push(frontier, reach);
    const expected = Frontier.fromAnchor(reach, signed.edge.slice(0, count)).root();
    return frontier.root().equals(expected) ? reach : null;
  }

  async #start(): Promise<{ memory: SignerMemory | null; frontier: Frontier }> {
    const memory = readMemory(this.#identity.dataDir, this.#identity.tenant);
    const anchor = await this.#ledger.anchor();
    if (memory !== null && memory.size >= anchor.size) {
      return { memory, frontier: Frontier.fromAnchor(memory.size, memory.edge) };
    }
    return { memory, frontier: await this.#resume(anchor) };
  }

  /**
   * This host has signed nothing yet, or retention went past what it had signed. Then the newest checkpoint that
   * anybody with the key has signed must be what the rows lead to, and the pruned statement vouches for an anchor.
   * Only a ledger of which nothing was ever signed is begun at its first entry.
   */
  async #resume(anchor: { size: number; hashes: Buffer[] }): Promise<Frontier> {
    const checkpoint = await this.#newestAnywhere();
    if (anchor.size > 0) await this.#demandPruned(anchor);
    if (checkpoint === null || checkpoint.size < anchor.size) {
      if (anchor.size > 0) throw this.#mismatch(anchor.size);
      // The beginning is signed before the first entry is written: entries without any checkpoint are not ours.
      const size = await this.#ledger.size();
      if (size > 0) throw this.#mismatch(size);
      return Frontier.fromAnchor(0, []);
    }
    this.#demandGrowth(checkpoint.size, await this.#ledger.size());
    const frontier = await this.#edgeBelow(checkpoint.size, anchor);
    await this.#push(frontier, checkpoint.size);
    if (!frontier.root().equals(checkpoint.root)) throw this.#mismatch(checkpoint.size);
    return frontier;
  }

  /** The newest valid checkpoint in the database and in the data directory's own file. */
  async #newestAnywhere(): Promise<Checkpoint | null> {
    const kept = await this.#ledger.newestCheckpoint(Number.MAX_SAFE_INTEGER);
    const notes = readCheckpoints(this.#identity.dataDir);
    if (kept !== null) notes.push(kept.note);
    let newest: Checkpoint | null = null;
    for (const note of notes) {
      const checkpoint = openCheckpoint(note, this.#keys());
      if (checkpoint !== null && checkpoint.size >= (newest?.size ?? 0)) newest = checkpoint;
    }
    // A database whose newest one is not by this key is not to be continued by it.
    if (kept !== null && openCheckpoint(kept.note, this.#keys()) === null) throw this.#mismatch(kept.size);
    return newest;
  }

  /** After a rotation the old key signs nothing any more, also not in a process that was started before it. */
  async #demandNewestKey(): Promise<void> {
    const mine = this.#identity.keys.at(-1)?.verifierKey.text;
    if (mine === (await this.#ledger.newestKey())) return;
    throw new LedgerMismatch({
      code: 'KEY_NOT_THE_LEDGERS',
      message: `The key of this process is not the newest key of the ledger ${this.#identity.origin}: it may not sign.`,
      hint: 'Give it the new key, or the data directory that holds it, and start it again.',
    });
  }

  async #demandPruned(anchor: { size: number; hashes: Buffer[] }): Promise<void> {
    const note = await this.#ledger.prunedStatement(anchor.size);
    const statement = note === null ? null : openStatement(note, this.#keys());
    const root = Frontier.fromAnchor(anchor.size, anchor.hashes).root();
    const vouched =
      statement?.kind === 'pruned' && statement.to === anchor.size && root.equals(statement.root);
    if (!vouched) throw this.#mismatch(anchor.size);
  }

  #keys(): VerifierKey[] {
    return this.#identity.keys.map((key) => key.verifierKey);
  }

  async #extend(frontier: Frontier, size: number, evenIfUnchanged: boolean): Promise<KeptCheckpoint[]> {
    const made: KeptCheckpoint[] = [];
    const base = frontier.size;
    // The empty beginning is signed too, even where others were quick to write.
    if (evenIfUnchanged && (size === base || base === 0)) made.push(this.#checkpoint(frontier));
    for (let next = Math.min(base + CHECKPOINT_EVERY, size); frontier.size < size; ) {
      await this.#push(frontier, next);
      made.push(this.#checkpoint(frontier));
      next = Math.min(next + CHECKPOINT_EVERY, size);
    }
    return made;
  }

  /** Appends recomputed leaves up to `size`. A row that is absent ends it: nothing is ever signed over a hole. */
  async #push(frontier: Frontier, size: number): Promise<void> {
    if (frontier.size >= size) return;
    for await (const parts of this.#ledger.publicParts(frontier.size + 1, size)) {
      for (const part of parts) {
        if (part.seq !== frontier.size + 1) throw this.#hole(frontier.size + 1);
        frontier.push(leafHash(publicText(part)));
      }
    }
    if (frontier.size < size) throw this.#hole(frontier.size + 1);
  }

  /** The nearest signed edge below `size`: one interval back is cheap, and tells another history from this one. */
  async #edgeBelow(size: number, anchor: { size: number; hashes: Buffer[] }): Promise<Frontier> {
    const kept = await this.#ledger.newestCheckpoint(size - 1);
    if (kept === null || kept.size < anchor.size) return Frontier.fromAnchor(anchor.size, anchor.hashes);
    return this.#edgeOf(kept) ?? Frontier.fromAnchor(anchor.size, anchor.hashes);
  }

  /** The edge of a kept checkpoint, where its root is the one that was signed. */
  #edgeOf({ size, edge, note }: KeptCheckpoint): Frontier | null {
    const checkpoint = openCheckpoint(note, this.#keys());
    if (checkpoint?.size !== size) return null;
    const frontier = Frontier.fromAnchor(size, edge);
    return frontier.root().equals(checkpoint.root) ? frontier : null;
  }

  #checkpoint(frontier: Frontier): KeptCheckpoint {
    const { origin, keys } = this.#identity;
    const text = checkpointText({ origin, size: frontier.size, root: frontier.root() });
    const note = signNote(
      text,
      keys.map((key) => ({ name: origin, privateKey: key.privateKey })),
    );
    return { size: frontier.size, edge: frontier.hashes(), note };
  }

  #demandGrowth(signed: number, size: number): void {
    if (size < signed) throw ledgerShrunk(this.#identity.origin, size, signed);
  }

  #mismatch(size: number): LedgerMismatch {
    return new LedgerMismatch({
      code: 'LEDGER_FORKED',
      message: `The ledger ${this.#identity.origin} is not the one that was signed: its entries up to ${size} give another root.`,
      hint: 'Nothing is written until this is settled. Find the first bad entry with: reeve verify. Only where a backup was restored: reeve recover --reason "…"',
    });
  }

  #hole(seq: number): LedgerMismatch {
    return new LedgerMismatch({
      code: 'LEDGER_HOLE',
      message: `Entry ${seq} of the ledger ${this.#identity.origin} is absent, so nothing after it can be signed.`,
      hint: 'Find what is missing with: reeve verify',
    });
  }
}

/** The database is smaller than what was signed, as one is that was restored from an older backup. */
export function ledgerShrunk(origin: string, size: number, signed: number): LedgerMismatch {
  return new LedgerMismatch({
    code: 'LEDGER_SHRUNK',
    message:
      `The ledger ${origin} holds ${size} entries, but ${signed} were signed: ` +
      `entries ${size + 1} to ${signed} are gone.`,
    hint: 'Nothing is written until this is settled. Restore a newer backup of the database: the one in place is older than what was signed. If there is none, accept the loss, which every verdict will then name: reeve recover --reason "…"',
  });
}
