import { verdictDetails, verdictSentence } from '../../../audit/verify/verdictWords.js';
import { UserError } from '../../../config/userError.js';
import type { Verdict } from '../../../ledger/verify.js';
import { checkWitness, type Witnessed } from '../../../lifecycle/watch/witness.js';
import { notesInLines } from '../../../signing/noteLine.js';
import { optional, rest } from '../../argument.js';
import { type CommandContext, defineCommand } from '../../command.js';
import { bold, lines, say, type Text } from '../../text.js';

export const witness = defineCommand({
  name: 'audit witness',
  group: 'Record',
  summary: 'Whether today’s record goes on from a checkpoint that was sent here before',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { checkpoint: optional(rest()) },
  examples: ['audit witness reeve-checkpoint:cmVldmUvZGVmYXVsdC9kZWZhdWx0CjQyCg…'],
  async handle(context, { checkpoint }) {
    const { services, now } = context;
    const { record, config } = services;
    const [note] = notesInLines(checkpoint ?? context.message.quoted?.text ?? '');
    if (note === undefined) throw noCheckpoint(context, checkpoint);
    const witnessed = await checkWitness(
      {
        reads: record.store.read,
        database: config.database,
        tenant: record.ledger.tenant,
        dataDir: config.dataDir,
        origin: record.ledger.origin,
        now,
      },
      note,
    );
    return {
      text: wordsOf(witnessed),
      rows: witnessed.kind === 'stranger' ? 0 : witnessed.verdict.totalRecords,
    };
  },
});

function wordsOf(witnessed: Witnessed): Text {
  if (witnessed.kind === 'stranger')
    return lines(
      bold(say`✗ That checkpoint is not of this record.`),
      say`No key of this record has signed it: it is another bot's, or somebody made or changed it. It proves nothing, for or against.`,
    );
  const { size, verdict } = witnessed;
  switch (witnessed.kind) {
    case 'agrees':
      return lines(
        bold(say`✓ Today's record goes on from that checkpoint, which covers ${entries(size)}.`),
        ...whatItProves(size, verdict),
      );
    case 'uncompared':
      return lines(
        bold(say`That checkpoint could not be compared.`),
        say`It covers ${entries(size)}, which are gone by retention, and no proof leads from it to what is left. What is left is well: ${verdictSentence(verdict)}`,
      );
    case 'contradicted':
      return lines(
        bold(say`${verdictSentence(verdict)}`),
        say`The checkpoint is genuine: a key of this record signed it, over ${entries(size)}. Keep it, keep everything as it is, and copy the database and its data directory before anything else.`,
        ...verdictDetails(verdict).map((line) => say`${line}`),
      );
  }
}

/** Exactly that, and exactly not more. */
function whatItProves(size: number, verdict: Verdict): Text[] {
  const { from, to, erased } = verdict;
  const gone = Math.min(size, from - 1);
  const words: Text[] = [];
  if (size === 0) {
    words.push(
      say`It was made before the first entry, so it only shows that this is the same record and key.`,
    );
  } else if (gone === size) {
    words.push(
      say`Those entries are gone by retention. That the record of today is the continuation of exactly them is proved; what they said can only be read where they were archived.`,
    );
  } else {
    const kept = gone === 0 ? say`Entries 1 to ${size}` : say`Entries ${gone + 1} to ${size}`;
    words.push(
      say`It proves: ${kept} are the very ones that were signed then. None was changed, removed, added or moved since, not even by somebody who has the database and the key, as long as they could not change the message you took it from.`,
    );
    if (gone > 0)
      words.push(
        say`Entries 1 to ${gone} are gone by retention; that today's record continues exactly them is proved, too.`,
      );
  }
  if (erased > 0)
    words.push(
      say`${entries(erased)} of today's record lost what they said about a person by erasure; that they were there, and when, is still proved.`,
    );
  words.push(
    to > size
      ? say`It does not prove anything about entries ${size + 1} to ${to}, which came later; nor that what was recorded was true, or was all there was; nor when it was made: that, your chat knows.`
      : say`It does not prove that what was recorded was true, or was all there was; nor when it was made: that, your chat knows.`,
  );
  return words;
}

const entries = (count: number): string => (count === 1 ? 'one entry' : `${count} entries`);

function noCheckpoint({ message, prefix }: CommandContext, given: string | null): UserError {
  const isAnswer = message.quoted !== undefined;
  return new UserError({
    code: 'NO_CHECKPOINT',
    message:
      given !== null
        ? 'That is no checkpoint as it was sent: reeve-checkpoint: and a long word after it.'
        : isAnswer
          ? 'I cannot see a checkpoint in the message that you answered.'
          : 'There is no checkpoint to compare with.',
    hint: `Answer the message that has the checkpoint, or paste its whole line behind the command. Owners are sent one now and then: ${prefix}config get witness.every`,
    example: 'audit witness reeve-checkpoint:cmVldmUvZGVmYXVsdC9kZWZhdWx0CjQyCg…',
  });
}
