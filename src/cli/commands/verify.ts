import { createReadStream, readFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { type VerifyRequest, verifyLedger } from '../../audit/verify/verifyLedger.js';
import type { Config } from '../../config/config.js';
import { UserError } from '../../config/userError.js';
import { parseVerifierKey, type VerifierKey } from '../../ledger/note.js';
import { UnreadableFile, type Verdict } from '../../ledger/verify.js';
import { verifyFile } from '../../ledger/verifyFile.js';
import { verifyWhole } from '../../lifecycle/archive/wholeHistory.js';
import { notesInLines } from '../../signing/noteLine.js';
import { splitNotes } from '../../signing/notesFile.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import { type Arguments, type CliCommand, FINDING, OK } from '../command.js';
import { openLedgerReader } from '../ledgerReader.js';
import { Progress } from '../progress.js';
import { type Terminal, writeTo } from '../terminal.js';
import { verdictText } from '../verdictText.js';
import { openArchive } from './archive.js';

export const verify: CliCommand = {
  name: 'verify',
  summary: 'Prove that the record, an export or a proof is unaltered',
  words: '[FILE]',
  wordCount: [0, 1],
  options: [
    { name: 'vkey', value: 'KEY', repeated: true, help: 'trust this verifier key (reeve key prints it)' },
    {
      name: 'checkpoint',
      value: 'FILE',
      repeated: true,
      help: 'signed checkpoints that somebody else kept: the ledger must agree with them',
    },
    {
      name: 'archive',
      value: 'DIR',
      help: 'take what is archived there and the ledger as one history (default: AUDIT_ARCHIVE_DIR)',
    },
    { name: 'no-archive', help: 'only what is in the database' },
    { name: 'since-checkpoint', help: 'only what follows the newest checkpoint (fast; without FILE)' },
  ],
  details: `Without FILE it verifies the ledger in the database, and what retention has archived before it. FILE is a bundle
(reeve export --format bundle), an archive segment or a proof (reeve prove); no database is opened for it. Without
--vkey the keys in the data directory are trusted, and nothing that stands in the file itself.

Exit status: 0 intact, 1 anything else, 2 it could not be done, which includes a --checkpoint that nothing could be
compared with.`,
  examples: [
    'reeve verify',
    'reeve verify ledger.ndjson --vkey "$(cat reeve.vkey)"',
    'reeve verify --checkpoint checkpoint-from-the-auditor.txt --json',
  ],
  async run({ args, config, terminal, json }) {
    if (args.words[0] !== undefined && (args.has('archive') || args.has('no-archive'))) {
      throw new UserError({
        code: 'USAGE',
        message:
          '--archive is for the ledger in the database; a segment of an archive is a FILE like any other.',
        example: 'reeve verify --archive ./archive',
      });
    }
    if (args.words[0] !== undefined && args.has('since-checkpoint')) {
      throw new UserError({
        code: 'USAGE',
        message: '--since-checkpoint is for the ledger in the database; a file is always verified whole.',
        example: 'reeve verify --since-checkpoint',
      });
    }
    const given = args.values('vkey').map(readKey);
    const checkpoints = args.values('checkpoint').flatMap(readNotes);
    const [file] = args.words;
    const progress = new Progress(terminal, 'Verifying');
    let uncompared = 0;
    const held: Held = {
      checkpoints,
      onUncompared: (count) => {
        uncompared = count;
      },
    };
    let verdict: Verdict;
    try {
      verdict =
        file === undefined
          ? await live(config(), given, held, scopeOf(args), terminal, progress)
          : await offline(file, given.length > 0 ? given : keysOf(config), held, terminal);
    } finally {
      progress.end();
    }
    await writeTo(terminal.stdout, json ? `${JSON.stringify(verdict)}\n` : verdictText(verdict));
    if (!verdict.isValid) return FINDING;
    // What was asked for was a comparison, and it did not take place.
    if (uncompared > 0) throw notCompared(uncompared, checkpoints.length);
    return OK;
  },
};

/** What the person wants the ledger to be held to. */
interface Held {
  checkpoints: string[];
  onUncompared(count: number): void;
}

/** How much of the ledger is looked at. */
interface Scope {
  sinceCheckpoint: boolean;
  archiveDir: string | undefined;
  withArchive: boolean;
}

function scopeOf(args: Arguments): Scope {
  return {
    sinceCheckpoint: args.has('since-checkpoint'),
    archiveDir: args.value('archive'),
    withArchive: !args.has('no-archive'),
  };
}

async function live(
  config: Config,
  given: VerifierKey[],
  held: Held,
  { sinceCheckpoint, archiveDir, withArchive }: Scope,
  terminal: Terminal,
  progress: Progress,
): Promise<Verdict> {
  const reader = await openLedgerReader(config, terminal);
  const { reads, keys, close } = reader;
  const isWhole = withArchive && !sinceCheckpoint && (archiveDir ?? config.archive.dir) !== undefined;
  try {
    const request: VerifyRequest = {
      ...held,
      reads,
      database: config.database,
      tenant: config.tenant,
      dataDir: config.dataDir,
      keys: given.length > 0 ? given : keys,
      sinceCheckpoint,
      now: terminal.now(),
      onProgress: (done, total) => progress.at(done, total),
    };
    const verdict = isWhole
      ? await verifyWhole(openArchive(config, archiveDir, reader), request)
      : await verifyLedger(request);
    return { ...verdict, notes: [...verdict.notes, ...strangers(given, keys)] };
  } finally {
    await close();
  }
}

async function offline(file: string, keys: VerifierKey[], held: Held, terminal: Terminal): Promise<Verdict> {
  const source = createReadStream(file);
  try {
    const bytes = file.endsWith('.gz') ? source.pipe(createGunzip()) : source;
    source.on('error', (error) => bytes.destroy(error));
    return await verifyFile(bytes, { ...held, keys, now: terminal.now() });
  } catch (error) {
    if (error instanceof UnreadableFile) {
      throw new UserError({
        code: error.code,
        message: `${file}: ${error.message}.`,
        example: error.example,
      });
    }
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new UserError({ code: 'UNREADABLE_FILE', message: `${file} cannot be read (${code}).` });
  } finally {
    source.destroy();
  }
}

/** The data directory's keys; none where there is no configuration that names one. */
function keysOf(config: () => Config): VerifierKey[] {
  return readTrustedKeys(config().dataDir);
}

/** A key that was given is believed; that the data directory has never heard of it is worth a sentence. */
function strangers(given: readonly VerifierKey[], known: readonly VerifierKey[]): string[] {
  return given
    .filter(({ text }) => !known.some((key) => key.text === text))
    .map(
      ({ text }) =>
        `The key ${text} was given with --vkey, and keys.txt in the data directory does not know it.`,
    );
}

function notCompared(uncompared: number, all: number): UserError {
  return new UserError({
    code: 'CHECKPOINT_NOT_COMPARED',
    message: `The record is intact, but ${uncompared} of ${all} checkpoints given with --checkpoint could not be held to it; the notes of the verdict say why.`,
    hint: 'Give only checkpoints of this ledger that a trusted key has signed. One of a size below the anchor needs a consistency proof; a proof can be held to one of its own size only.',
    example: 'reeve verify --checkpoint checkpoint.txt --vkey "$(cat reeve.vkey)"',
  });
}

function readKey(text: string): VerifierKey {
  try {
    return parseVerifierKey(text.trim());
  } catch (error) {
    throw new UserError({
      code: 'BAD_VKEY',
      message: `--vkey: ${error instanceof Error ? error.message : 'it is no verifier key'}`,
      example: '--vkey "$(reeve key)"',
    });
  }
}

/** A file that was given to be compared with must hold something to compare. */
function readNotes(file: string): string[] {
  const text = readText(file);
  const notes = [...splitNotes(text), ...notesInLines(text)];
  if (notes.length > 0) return notes;
  throw new UserError({
    code: 'NO_CHECKPOINT',
    message: `${file} holds no signed checkpoint: a text, an empty line and a line that begins with an em dash, or the line reeve-checkpoint:… from a chat.`,
    example: 'reeve checkpoint > checkpoint.txt',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError({
      code: 'UNREADABLE_FILE',
      message: `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    });
  }
}
