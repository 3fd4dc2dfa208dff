/**
 * Writing a bundle: everything that is needed to verify a ledger offline, one JSON object a line.
 *
 * ```ts
 * const seal = new BundleSeal();
 * write(seal.add(ledgerLine({ tenant, origin, vkeys, from, to, anchor })));
 * for (const entry of entries) write(seal.add(entryLine(entry)));
 * for (const note of statements) write(seal.add(statementLine(note)));
 * for (const note of checkpoints) write(seal.add(checkpointLine(note)));
 * write(seal.end());
 * ```
 */
import { createHash, type Hash } from 'node:crypto';
import type { ConsistencyProof } from './agreement.js';
import type { Anchor } from './path.js';
import { entryJson, hex } from './text.js';

export const BUNDLE_FORMAT = 'reeve-bundle/1';

export interface BundleHead {
  tenant: string;
  origin: string;
  /** Hints for whoever reads the file; trust comes from outside. */
  vkeys: readonly string[];
  from: number;
  to: number;
  anchor: Anchor | null;
}

/** All line makers give a line without its line feed. */
export function ledgerLine({ tenant, origin, vkeys, from, to, anchor }: BundleHead): string {
  // An anchor of nothing is no anchor.
  const rest = anchor === null || anchor.size === 0 ? null : anchor;
  return JSON.stringify({
    type: 'ledger',
    format: BUNDLE_FORMAT,
    tenant,
    origin,
    vkeys,
    from,
    to,
    anchor: rest === null ? null : { size: rest.size, hashes: rest.hashes.map(hex) },
  });
}

export const entryLine = entryJson;

export function statementLine(note: string): string {
  return JSON.stringify({ type: 'statement', note });
}

export function checkpointLine(note: string): string {
  return JSON.stringify({ type: 'checkpoint', note });
}

export function consistencyLine({ from, to, path }: ConsistencyProof): string {
  return JSON.stringify({ type: 'consistency', from, to, path: path.map(hex) });
}

export interface BundleEnd {
  entries: number;
  statements: number;
  checkpoints: number;
  sha256: string;
}

export function endLine({ entries, statements, checkpoints, sha256 }: BundleEnd): string {
  return JSON.stringify({ type: 'end', entries, statements, checkpoints, sha256 });
}

/** Counts and hashes what is written, and closes it. */
export class BundleSeal {
  readonly #hash: Hash = createHash('sha256');
  readonly #counts = { entries: 0, statements: 0, checkpoints: 0 };

  /** The line with its line feed, as it must be written. */
  add(line: string): string {
    if (line.startsWith('{"type":"entry",')) this.#counts.entries += 1;
    else if (line.startsWith('{"type":"statement",')) this.#counts.statements += 1;
    else if (line.startsWith('{"type":"checkpoint",')) this.#counts.checkpoints += 1;
    const text = `${line}\n`;
    this.#hash.update(text);
    return text;
  }

  /** The last line, with its line feed. Nothing may follow. */
  end(): string {
    return `${endLine({ ...this.#counts, sha256: this.#hash.digest('hex') })}\n`;
  }
}
