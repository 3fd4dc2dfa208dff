/**
 * Verifying a bundle or an archive segment as it streams by. Of each entry only its leaf is kept (32 bytes):
 * the checkpoints that the leaves must agree with come after them.
 */
import { createHash, type Hash } from 'node:crypto';
import type { ConsistencyProof } from './agreement.js';
import type { BundleEnd, BundleHead } from './bundle.js';
import { isCount, parseHead, parseLine } from './bundleLine.js';
import { type ChunkReport, Inspection } from './inspect.js';
import { parseOrigin } from './names.js';
import { UnreadableFile, type Verdict } from './verdict.js';
import { Verification } from './verify.js';
import type { VerifierKey } from './vkey.js';

export interface FileOptions {
  /** The keys to trust. What a file says about keys is never believed. */
  keys: readonly VerifierKey[];
  /** Checkpoints from elsewhere, as signed notes: what a witness has kept. */
  checkpoints?: readonly string[];
  /** Told how many of those could not be compared with anything, where there are some. */
  onUncompared?(count: number): void;
  /** The time that the verdict will bear, in milliseconds since 1970. */
  now: number;
}

const CHUNK = 4096;
const DAMAGE_MAX = 20;
const LINE_FEED = '\n';

/** Verifies a bundle given as its lines, each without its line feed. */
export async function verifyLines(
  lines: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  options: FileOptions,
): Promise<Verdict> {
  const verification = new BundleVerification(options);
  for await (const line of lines) verification.line(line);
  return verification.finish();
}

/** A damaged bundle has some; a file of more is none, and would only cost memory and time. */
const STRANGERS_MAX = 100_000;

export class BundleVerification {
  readonly #options: FileOptions;
  readonly #hash: Hash = createHash('sha256');
  readonly #reports: ChunkReport[] = [];
  readonly #statements: string[] = [];
  readonly #checkpoints: string[] = [];
  readonly #consistency: ConsistencyProof[] = [];
  readonly #damage = new Set<string>();
  #head: BundleHead | null = null;
  #inspection = new Inspection('');
  #entries = 0;
  #strangers = 0;
  #end: BundleEnd | null = null;
  #sha256 = '';

  constructor(options: FileOptions) {
    this.#options = options;
  }

  /** Throws `UnreadableFile` when the first line is not that of a bundle. */
  line(line: string | Uint8Array): void {
    const text = textOf(line);
    if (this.#head === null) {
      this.#begin(text);
      this.#count(line);
      return;
    }
    if (this.#end !== null) {
      this.#damaged('something follows the end line');
      return;
    }
    if (this.#strangers >= STRANGERS_MAX) {
      throw new UnreadableFile(`more than ${STRANGERS_MAX} of its lines are nothing that a bundle holds`);
    }
    const parsed = text === null ? null : parseLine(text);
    if (parsed?.type === 'end') {
      this.#end = parsed.end;
      this.#sha256 = this.#hash.digest('hex');
      return;
    }
    this.#count(line);
    switch (parsed?.type) {
      case 'entry':
        this.#inspection.add(parsed.entry);
        this.#entries += 1;
        this.#pass(CHUNK);
        break;
      case 'broken-entry':
        this.#addBroken(parsed.broken.seq, parsed.broken.why, parsed.broken.leaf);
        break;
      case 'statement':
        this.#statements.push(parsed.note);
        break;
      case 'checkpoint':
        this.#checkpoints.push(parsed.note);
        break;
      case 'consistency':
        this.#consistency.push(parsed.proof);
        break;
      case 'ledger':
        this.#damaged('there is a second "ledger" line');
        break;
      default:
        this.#strange(parsed?.why ?? 'a line is not valid UTF-8');
    }
  }

  finish(): Verdict {
    const head = this.#head;
    if (head === null) throw new UnreadableFile('it is empty');
    this.#pass(1);
    const verification = new Verification({
      live: false,
      tenant: head.tenant,
      origin: head.origin,
      keys: this.#options.keys,
      anchor: head.anchor,
      statements: this.#statements,
      checkpoints: this.#checkpoints,
      given: this.#options.checkpoints ?? [],
      consistency: this.#consistency,
      expectedFrom: head.from,
      expectedTo: head.to,
    });
    for (const report of this.#reports) verification.take(report);
    const verdict = verification.finish(this.#options.now);
    if (verification.idle > 0) this.#options.onUncompared?.(verification.idle);
    this.#checkEnd();
    if (parseOrigin(head.origin)?.tenant !== head.tenant)
      this.#damaged('its origin is not that of its tenant');
    return this.#damage.size === 0 ? verdict : this.#withDamage(verdict);
  }

  #begin(text: string | null): void {
    const head = text === null ? 'its first line is not valid UTF-8' : parseHead(text);
    if (typeof head === 'string') throw new UnreadableFile(head);
    this.#head = head;
    this.#inspection = new Inspection(head.tenant, Math.max(head.from - 1, 0));
  }

  #count(line: string | Uint8Array): void {
    this.#hash.update(line);
    this.#hash.update(LINE_FEED);
  }

  #addBroken(seq: number | null, why: string, leaf: Uint8Array | null): void {
    this.#inspection.addBroken(seq, why, leaf);
    this.#entries += 1;
    this.#pass(CHUNK);
  }

  /** Where entries are still due, a line that is nothing is taken for the entry that should stand there. */
  #strange(why: string): void {
    this.#strangers += 1;
    const isAmongEntries =
      this.#statements.length + this.#checkpoints.length + this.#consistency.length === 0 &&
      isCount(this.#inspection.last) &&
      this.#inspection.last < this.#head!.to;
    if (isAmongEntries) this.#addBroken(null, why, null);
    else this.#damaged(why);
  }

  /** Hands on what was inspected once there is enough of it. */
  #pass(enough: number): void {
    if (this.#inspection.count < enough) return;
    this.#reports.push(this.#inspection.report());
    this.#inspection = new Inspection(this.#head!.tenant, this.#inspection.last);
  }

  #checkEnd(): void {
    const end = this.#end;
    if (end === null) {
      this.#damaged('its end line is missing');
      return;
    }
    if (end.entries !== this.#entries)
      this.#damaged(`its end line counts ${end.entries} entries, not ${this.#entries}`);
    if (end.statements !== this.#statements.length) this.#damaged('its end line counts other statements');
    if (end.checkpoints !== this.#checkpoints.length) this.#damaged('its end line counts other checkpoints');
    if (end.sha256 !== this.#sha256)
      this.#damaged('its end line has another SHA-256 than what stands before it');
  }

  #damaged(why: string): void {
    if (this.#damage.size < DAMAGE_MAX) this.#damage.add(why);
  }

  /** A file that was changed is not intact, even where no entry was. */
  #withDamage(verdict: Verdict): Verdict {
    const why = [...this.#damage].join('; ');
    const note = `The file was cut or changed after it was written: ${why}.`;
    const notes = [...verdict.notes, note];
    return verdict.isValid
      ? { ...verdict, verdict: 'altered', isValid: false, notes }
      : { ...verdict, notes };
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null where the bytes are not UTF-8. */
function textOf(line: string | Uint8Array): string | null {
  if (typeof line === 'string') return line;
  try {
    return decoder.decode(line);
  } catch {
    return null;
  }
}
