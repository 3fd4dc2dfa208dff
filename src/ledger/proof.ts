/** The proof of one entry: its path up to a signed checkpoint, small enough to be sent in a message. */
import { Agreement } from './agreement.js';
import { isCount, isStrings, parseHashes } from './bundleLine.js';
import type { Entry } from './entry.js';
import { entryFromJson, isObject } from './form.js';
import { type ChunkReport, type Finding, Inspection } from './inspect.js';
import { parseStrict } from './json.js';
import { inclusionRoot } from './merkle.js';
import { parseOrigin } from './names.js';
import { includes } from './ranges.js';
import { aboutLedger, absences } from './remarks.js';
import { hex, proofEntryJson } from './text.js';
import { isValid, UnreadableFile, type Verdict, type VerdictName } from './verdict.js';
import type { FileOptions } from './verifyBundle.js';
import { Vouching } from './vouching.js';

const PROOF_FORMAT = 'reeve-proof/1';

export interface Proof {
  entry: Entry;
  /** The size of the checkpoint. The entry's index is its number less one. */
  size: number;
  path: readonly Uint8Array[];
  /** A signed note. */
  checkpoint: string;
  statements: readonly string[];
  vkeys: readonly string[];
}

/** The text of a proof file, which ends in a line feed. */
export function proofText({ entry, size, path, checkpoint, statements, vkeys }: Proof): string {
  const after = JSON.stringify({
    index: entry.public.seq - 1,
    size,
    path: path.map(hex),
    checkpoint,
    statements,
    vkeys,
  });
  return `{"format":"${PROOF_FORMAT}","entry":${proofEntryJson(entry)},${after.slice(1)}\n`;
}

/** A proof as it was read, its entry not yet judged. */
interface ReadProof {
  entry: Entry | string;
  seq: number;
  index: number;
  size: number;
  path: Buffer[];
  checkpoint: string;
  statements: string[];
}

/**
 * The same kind of verdict as for a whole ledger, about one entry: `from` and `to` are its number. Throws
 * `UnreadableFile` when the text is no proof.
 */
export function verifyProof(source: string | Uint8Array, options: FileOptions): Verdict {
  const proof = readProof(source);
  const { seq, index, size, path } = proof;
  const [origin = ''] = proof.checkpoint.split('\n', 1);
  const keys = options.keys.filter(({ name }) => name === origin);
  const shared = { keys, origin, skipForeign: false };
  const agreement = new Agreement({
    ...shared,
    notes: [proof.checkpoint],
    given: options.checkpoints ?? [],
    skipBelow: 0,
  });
  const vouching = new Vouching({ ...shared, notes: proof.statements });
  const report = inspectOne(proof, origin);
  vouching.take(report.events);
  const { actor, rest, refused } = vouching.allowance({
    isPresent: (number) => number === seq,
    isAltered: () => report.altered.length > 0,
    reach: keys.length === 0 ? size : (agreement.largest ?? 0),
    coveredTo: Number.POSITIVE_INFINITY,
  });
  const altered: Finding[] = [...report.altered];
  if (index !== seq - 1) altered.push({ seq, why: 'the index of the proof is not its number less one' });
  for (const [part, stripped, allowed] of [
    ['actor', report.strippedActor, actor],
    ['rest', report.strippedRest, rest],
  ] as const) {
    if (stripped.length === 0 || includes(allowed, seq)) continue;
    altered.push({ seq, why: `its part ${part} is empty, and no erased statement that counts names it` });
  }

  const leaf = Buffer.from(report.leaves);
  const root = inclusionRoot(leaf, index, size, path);
  // A path of the wrong length leads nowhere, and so to no root that was signed.
  if (index < size) agreement.compare(size, root ?? Buffer.alloc(0));
  const fork = agreement.fork();
  const isProved = agreement.agreesAt(size);
  const verdict: VerdictName =
    altered.length > 0
      ? 'altered'
      : fork !== null
        ? 'forked'
        : keys.length === 0 || !isProved
          ? 'unverifiable'
          : 'intact';
  const notes = refused.map((why) => `A statement was left aside: ${why}.`);
  if (altered.length > 0) notes.push(`The first altered entry is ${seq}.`);
  if (fork !== null)
    notes.push(
      `A validly signed checkpoint of size ${fork.to} has not the root that the path of entry ${seq} leads to.`,
    );
  if (keys.length === 0) notes.push(`No trusted key is given for ${origin}, so no signature was believed.`);
  else if (!isProved && fork === null)
    notes.push(`No validly signed checkpoint of size ${size} covers entry ${seq}.`);
  notes.push(...absences(agreement));
  const others = agreement.sizes.filter((other) => other !== size);
  if (others.length > 0)
    notes.push(
      `A proof can be held to a checkpoint of its own size only, not to those of size ${others.join(', ')}.`,
    );
  if (agreement.idle > 0) options.onUncompared?.(agreement.idle);
  notes.push(aboutLedger(origin));
  notes.push('This is the proof of one entry; nothing is said about the others.');
  return {
    verdict,
    isValid: isValid(verdict),
    from: seq,
    to: seq,
    covered: isProved ? size : 0,
    totalRecords: 1,
    erased: verdict === 'altered' ? 0 : report.erased,
    gaps: [],
    altered,
    checkpoints: { verified: agreement.verified, absent: agreement.absentCount },
    root: root?.toString('hex') ?? null,
    verifiedAt: options.now,
    notes,
  };
}

function inspectOne({ entry, seq }: ReadProof, origin: string): ChunkReport {
  if (typeof entry === 'string') {
    const inspection = new Inspection('');
    inspection.addBroken(seq, entry, null);
    return inspection.report();
  }
  const inspection = new Inspection(parseOrigin(origin)?.tenant ?? entry.public.tenant, seq - 1);
  inspection.add(entry);
  return inspection.report();
}

function readProof(source: string | Uint8Array): ReadProof {
  const text = typeof source === 'string' ? source : decode(source);
  const strict = parseStrict(text, { integers: true });
  let value: unknown;
  try {
    // A proof with a repeated member is still one, but an altered one.
    value = strict.ok ? strict.value : JSON.parse(text);
  } catch {
    throw new UnreadableFile('it is no JSON');
  }
  if (!isObject(value) || value.format !== PROOF_FORMAT)
    throw new UnreadableFile('it is neither a bundle nor a proof');
  const { index, size, checkpoint, statements } = value;
  const path = parseHashes(value.path);
  if (
    !isCount(index) ||
    !isCount(size) ||
    path === null ||
    typeof checkpoint !== 'string' ||
    !isStrings(statements)
  ) {
    throw new UnreadableFile('it is a proof without index, size, path, checkpoint or statements');
  }
  const entry = strict.ok ? entryFromJson(value.entry) : strict.why;
  const seq = isObject(value.entry) && isObject(value.entry.public) ? value.entry.public.seq : null;
  return {
    entry,
    seq: isCount(seq) && seq > 0 ? seq : index + 1,
    index,
    size,
    path,
    checkpoint,
    statements,
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableFile('it is not valid UTF-8');
  }
}
