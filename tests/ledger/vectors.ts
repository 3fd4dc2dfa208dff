/**
 * The published vectors: good and bad files with the verdict that every verifier must reach. All follows from
 * fixed keys, salts and texts, so that the files can be made again byte for byte: `node scripts/make-vectors.js`.
 */
import { entryLine } from '../../src/ledger/bundle.js';
import type { Entry } from '../../src/ledger/entry.js';
import type { VerdictName } from '../../src/ledger/verify.js';
import {
  anchoredParts,
  type BundleParts,
  bundleLines,
  bundleText,
  checkpointNote,
  ERASED,
  erasedEntries,
  erasedNote,
  fullEntries,
  goodParts,
  goodProof,
  KEY,
  leavesOf,
  NEXT_KEY,
  particularEntry,
  prunedNote,
  SIZE,
  STRANGE_KEY,
  strip,
  vkey,
} from './sampleLedger.js';
import { fixedBytes, sampleEntry } from './samples.js';

/** One case as it stands in `index.json`. */
export interface Vector {
  file: string;
  /** What was done to the honest file. */
  what: string;
  /** The keys to trust. */
  vkeys: string[];
  /** Files with checkpoints from elsewhere. */
  checkpoints: string[];
  verdict: VerdictName;
  /** The first bad number that a verifier must name; null where there is none. */
  firstBad: number | null;
  /** The exit status of `reeve verify`. */
  exit: number;
}

interface Case extends Omit<Vector, 'exit' | 'checkpoints'> {
  text: string;
  /** Notes from elsewhere, by the name of their file. */
  witness?: Record<string, string>;
}

const trusted = [vkey().text];
const leaves = leavesOf(fullEntries());
const good = goodParts();
const anchored = anchoredParts();

export function vectorFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const index: Vector[] = [];
  for (const { text, witness, ...vector } of cases()) {
    files.set(vector.file, text);
    for (const [name, note] of Object.entries(witness ?? {})) files.set(name, note);
    const isValid = vector.verdict === 'intact' || vector.verdict === 'intact-from';
    index.push({ ...vector, checkpoints: Object.keys(witness ?? {}), exit: isValid ? 0 : 1 });
  }
  const keys = Object.fromEntries(
    [
      ['signing', KEY, 'signing key'] as const,
      ['next', NEXT_KEY, 'next signing key'] as const,
      ['strange', STRANGE_KEY, "somebody else's key"] as const,
    ].map(([name, key, label]) => [name, { vkey: vkey(key).text, seed: fixedBytes(label).toString('hex') }]),
  );
  files.set('index.json', `${JSON.stringify({ keys, vectors: index }, null, 2)}\n`);
  return files;
}

function cases(): Case[] {
  return [
    ...honest(),
    ...alteredEntries(),
    ...order(),
    ...strippings(),
    ...anchors(),
    ...signatures(),
    ...damage(),
    ...proofs(),
  ];
}

function honest(): Case[] {
  const both = checkpointNote(leaves, SIZE, [KEY, NEXT_KEY]);
  const rotated = {
    ...good,
    vkeys: [vkey().text, vkey(NEXT_KEY).text],
    checkpoints: [...good.checkpoints.slice(0, 3), both],
  };
  return [
    bundle('good', 'an honest bundle with an erasure and texts beyond ASCII', good, 'intact', null),
    bundle('good-anchor', 'an honest bundle that begins at an anchor', anchored, 'intact-from', null),
    bundle(
      'good-empty',
      'an honest bundle of an empty ledger',
      { ...good, to: 0, entries: [], statements: [], checkpoints: [checkpointNote([], 0)] },
      'intact',
      null,
    ),
    {
      ...bundle(
        'good-rotated',
        'a checkpoint by the old and the new key, only the old one trusted',
        rotated,
        'intact',
        null,
      ),
    },
    {
      ...bundle('good-no-key', 'an honest bundle, but no key is trusted', good, 'unverifiable', null),
      vkeys: [],
    },
  ];
}

function alteredEntries(): Case[] {
  const edit = (name: string, what: string, from: string, to: string): Case => {
    const line = good.entries[3]!;
    if (!line.includes(from)) throw new Error(`${name}: the line does not hold ${from}`);
    return bundle(
      name,
      what,
      { ...good, entries: good.entries.with(3, line.replace(from, to)) },
      'altered',
      4,
    );
  };
  const salt = Buffer.from(particularEntry(4).actorSalt!).toString('hex');
  return [
    edit('altered-public', 'a public field was changed', '"outcome":"success"', '"outcome":"failure"'),
    edit('altered-actor', 'a field of the part actor was changed', '"ip":"192.0.2.7"', '"ip":"192.0.2.8"'),
    edit('altered-rest', 'a field of the part rest was changed', '"status":204', '"status":200'),
    edit('altered-field-removed', 'a private field was taken away', '"ip":"192.0.2.7",', ''),
    edit('altered-field-added', 'an empty private field was added', '"ip":', '"actorName":"","ip":'),
    edit('altered-salt', 'a salt was changed', salt, fixedBytes('other').toString('hex')),
    edit('altered-salt-short', 'a salt has 31 bytes', salt, salt.slice(2)),
    edit(
      'altered-leaf',
      'the stored leaf was changed',
      `"leaf":"${hexOf(leaves[3]!)}"`,
      `"leaf":"${hexOf(leaves[4]!)}"`,
    ),
    edit(
      'altered-part-without-salt',
      'a salt is gone and its part is not',
      `"actorSalt":"${salt}"`,
      '"actorSalt":null',
    ),
    edit('altered-unknown-member', 'an entry has an unknown member', '"erasedAt":', '"extra":1,"erasedAt":'),
    edit(
      'altered-unknown-public',
      'the public part has an unknown member',
      '"tenant":',
      '"extra":1,"tenant":',
    ),
    edit(
      'altered-repeated-member',
      'an entry has a repeated member',
      '"erasedAt":',
      '"erasedAt":5,"erasedAt":',
    ),
    edit(
      'altered-repeated-escaped',
      'a member is repeated, spelled with an escape',
      '"rest":{',
      '"rest":{"stat\\u0075s":500,',
    ),
    edit('altered-null-member', 'a private part holds a null', '"actor":{', '"actor":{"actorName":null,'),
    edit('altered-fraction', 'an integer is written with a fraction', '"seq":4,', '"seq":4.0,'),
    bundle(
      'altered-form',
      'a category holds free text, with hashes that fit',
      withEntry(4, particularEntry(4, { public: { category: 'free text' } })),
      'altered',
      4,
    ),
    bundle(
      'altered-nul',
      'a text holds U+0000, with hashes that fit',
      withEntry(4, particularEntry(4, { rest: { reason: 'a\u0000b' } })),
      'altered',
      4,
    ),
    bundle(
      'altered-surrogate',
      'a text holds a lone surrogate, with hashes that fit',
      withEntry(4, particularEntry(4, { rest: { reason: 'a\ud800' } })),
      'altered',
      4,
    ),
    bundle(
      'altered-other-tenant',
      'an entry of another tenant',
      withEntry(4, particularEntry(4, { public: { tenant: 'other' } })),
      'altered',
      4,
    ),
    bundle(
      'forked-resealed',
      'an entry was changed and sealed anew, so that only the checkpoints tell',
      withEntry(6, sampleEntry(6, { actor: { actorName: 'Eve Example' } })),
      'forked',
      5,
    ),
  ];
}

function order(): Case[] {
  const { entries } = good;
  const swapped = entries.with(1, entries[2]!).with(2, entries[1]!);
  return [
    bundle('missing-first', 'the first entry is gone', { ...good, entries: entries.slice(1) }, 'missing', 1),
    bundle(
      'missing-middle',
      'an entry in the middle is gone',
      { ...good, entries: entries.toSpliced(4, 1) },
      'missing',
      5,
    ),
    bundle(
      'missing-last',
      'the last entry is gone',
      { ...good, entries: entries.slice(0, -1) },
      'missing',
      10,
    ),
    bundle(
      'missing-erasure',
      'the entry of the erasure is gone',
      { ...good, entries: entries.toSpliced(7, 1) },
      'missing',
      8,
    ),
    bundle('altered-swapped', 'entries 2 and 3 were swapped', { ...good, entries: swapped }, 'altered', 2),
    bundle(
      'altered-repeated',
      'entry 4 is there twice',
      { ...good, entries: entries.toSpliced(4, 0, entries[3]!) },
      'altered',
      4,
    ),
    bundle(
      'truncated',
      'the tail was cut off and the first line changed',
      { ...good, to: 7, entries: entries.slice(0, 7) },
      'truncated',
      8,
    ),
    {
      ...bundle(
        'truncated-witness',
        'the tail was cut off cleanly, but a witness holds a later checkpoint',
        {
          ...good,
          to: 4,
          entries: fullEntries(4).map(entryLine),
          statements: [],
          checkpoints: good.checkpoints.slice(0, 2),
        },
        'truncated',
        5,
      ),
      witness: { 'witness-10.txt': checkpointNote(leaves, SIZE) },
    },
    {
      ...bundle(
        'forked-witness',
        'the whole ledger was rewritten and signed anew, but a witness holds an older checkpoint',
        rewritten(),
        'forked',
        1,
      ),
      witness: { 'witness-8.txt': checkpointNote(leaves, 8) },
    },
  ];
}

function strippings(): Case[] {
  const more = erasedEntries().with(8, strip(particularEntry(9), 'rest'));
  const statement = (name: string, what: string, statements: string[], firstBad = 3): Case =>
    bundle(`stripped-${name}`, what, { ...good, statements }, 'altered', firstBad);
  return [
    statement('no-statement', 'parts are empty and no statement is there', []),
    statement('forged-statement', 'the statement is signed by another key', [
      erasedNote(ERASED, [STRANGE_KEY]),
    ]),
    statement('future-statement', 'the statement is about an entry that does not exist', [
      erasedNote({ ...ERASED, seq: 11 }),
    ]),
    statement('other-statement', 'the statement is about an entry that is no erasure', [
      erasedNote({ ...ERASED, seq: 9 }),
    ]),
    statement('wider-statement', 'the statement names more than its entry', [
      erasedNote({ ...ERASED, rest: [[5, 7]] }),
    ]),
    bundle(
      'stripped-more',
      'one part more is empty than the statement names',
      { ...good, entries: more.map(entryLine) },
      'altered',
      9,
    ),
  ];
}

function anchors(): Case[] {
  const { statements } = good;
  return [
    bundle(
      'anchor-no-statement',
      'an anchor without its statement',
      { ...anchored, statements },
      'missing',
      1,
    ),
    bundle(
      'anchor-forged-statement',
      'the statement for the anchor is signed by another key',
      { ...anchored, statements: [...statements, prunedNote(leaves, 4, [STRANGE_KEY])] },
      'missing',
      1,
    ),
    bundle(
      'anchor-other-root',
      'the statement for the anchor names another root',
      { ...anchored, statements: [...statements, prunedNote(leaves.toReversed(), 4)] },
      'missing',
      1,
    ),
    bundle(
      'anchor-wrong-count',
      'the anchor has one hash too many',
      { ...anchored, anchor: { size: 4, hashes: [leaves[0]!, leaves[1]!] } },
      'missing',
      1,
    ),
    bundle(
      'anchor-no-consistency',
      'a checkpoint below the anchor without its consistency proof',
      { ...anchored, consistency: [] },
      'intact-from',
      null,
    ),
    bundle(
      'anchor-fork-below',
      'a checkpoint below the anchor with another root, which the consistency proof shows',
      {
        ...anchored,
        checkpoints: [checkpointNote(leaves.toReversed(), 3), ...anchored.checkpoints.slice(1)],
      },
      'forked',
      1,
    ),
  ];
}

function signatures(): Case[] {
  const entries = fullEntries().map(entryLine);
  const strange = [0, SIZE].map((size) => checkpointNote(leaves, size, [STRANGE_KEY]));
  const flipped = good.checkpoints[3]!.replace(
    /(.)(..=\n)$/,
    (_all, a: string, b: string) => `${a === 'A' ? 'B' : 'A'}${b}`,
  );
  return [
    bundle(
      'key-substituted',
      'all is signed by another key that only the file vouches for',
      { ...good, entries, statements: [], checkpoints: strange, vkeys: [vkey(STRANGE_KEY).text] },
      'unverifiable',
      null,
    ),
    bundle(
      'checkpoint-old',
      'only an older checkpoint is there',
      { ...good, checkpoints: good.checkpoints.slice(0, 3) },
      'unverifiable',
      null,
    ),
    bundle('checkpoint-none', 'no checkpoint is there', { ...good, checkpoints: [] }, 'unverifiable', null),
    bundle(
      'checkpoint-bad-signature',
      'the signature of the newest checkpoint was changed',
      { ...good, checkpoints: good.checkpoints.with(3, flipped) },
      'unverifiable',
      null,
    ),
    bundle(
      'checkpoint-forked',
      'a checkpoint is validly signed over another history',
      { ...good, checkpoints: good.checkpoints.with(2, checkpointNote(leaves.toReversed(), 8)) },
      'forked',
      5,
    ),
  ];
}

function damage(): Case[] {
  const lines = bundleLines(good);
  const whole = bundleLines({ ...good, entries: fullEntries().map(entryLine), statements: [] });
  const file = (
    name: string,
    what: string,
    text: string,
    verdict: VerdictName,
    firstBad: number | null,
  ): Case => ({
    file: `${name}.ndjson`,
    what,
    vkeys: trusted,
    verdict,
    firstBad,
    text,
  });
  return [
    file('cut-end', 'the end line was cut off', lines.slice(0, -1).join(''), 'altered', null),
    file(
      'cut-entries',
      'cut off after entry 6, nothing was ever erased',
      whole.slice(0, 7).join(''),
      'missing',
      7,
    ),
    file(
      'cut-statements',
      'cut off after entry 6, and the statements with it',
      lines.slice(0, 7).join(''),
      'altered',
      3,
    ),
    file(
      'changed-after',
      'the time of an erasure was changed, and the end line was not',
      lines.join('').replace('"erasedAt":null', '"erasedAt":1'),
      'altered',
      null,
    ),
    file(
      'end-count',
      'the end line counts other entries',
      lines.join('').replace('"entries":10', '"entries":11'),
      'altered',
      null,
    ),
  ];
}

function proofs(): Case[] {
  const proof = (
    name: string,
    what: string,
    text: string,
    verdict: VerdictName,
    firstBad: number | null,
  ): Case => ({
    file: `${name}.json`,
    what,
    vkeys: trusted,
    verdict,
    firstBad,
    text,
  });
  const path = JSON.parse(goodProof(4)).path as string[];
  return [
    proof('proof', 'the proof of an entry', goodProof(4), 'intact', null),
    proof('proof-erased', 'the proof of an erased entry', goodProof(3), 'intact', null),
    proof(
      'proof-altered',
      'the entry in the proof was changed',
      goodProof(4).replace('192.0.2.7', '192.0.2.8'),
      'altered',
      4,
    ),
    proof(
      'proof-stripped',
      'a part of the entry is empty and no statement names it',
      goodProof(9, strip(particularEntry(9), 'rest')),
      'altered',
      9,
    ),
    proof(
      'proof-resealed',
      'the entry was changed and sealed anew',
      goodProof(4, sampleEntry(4)),
      'forked',
      4,
    ),
    proof('proof-path', 'the path was changed', goodProof(4).replace(path[1]!, path[0]!), 'forked', 4),
    { ...proof('proof-no-key', 'no key is trusted', goodProof(4), 'unverifiable', null), vkeys: [] },
  ];
}

function bundle(
  name: string,
  what: string,
  parts: BundleParts,
  verdict: VerdictName,
  firstBad: number | null,
): Case {
  return { file: `${name}.ndjson`, what, vkeys: trusted, verdict, firstBad, text: bundleText(parts) };
}

function withEntry(seq: number, entry: Entry): BundleParts {
  return { ...good, entries: good.entries.with(seq - 1, entryLine(entry)) };
}

/** Another history, whole in itself, signed by the ledger's own key. */
function rewritten(): BundleParts {
  const entries = Array.from({ length: SIZE }, (_, i) => sampleEntry(i + 1));
  const checkpoints = [0, SIZE].map((size) => checkpointNote(leavesOf(entries), size));
  return { ...good, entries: entries.map(entryLine), statements: [], checkpoints };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
