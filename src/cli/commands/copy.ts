import { verdictSentence } from '../../audit/verify/verdictWords.js';
import { databaseFrom, databaseLabel, databaseProblem } from '../../config/database.js';
import { UserError } from '../../config/userError.js';
import { amount, entries } from '../amount.js';
import { type CliCommand, FINDING, OK } from '../command.js';
import { Progress } from '../progress.js';
import { openSignedLedger } from '../signedLedger.js';
import { writeTo } from '../terminal.js';

export const copy: CliCommand = {
  name: 'copy',
  summary: 'Move to another database: SQLite to PostgreSQL, or back',
  words: '',
  wordCount: [0, 0],
  options: [{ name: 'to', value: 'URL', help: 'an empty database, as DATABASE_URL would name it' }],
  details: `Copies the whole database: numbers, leaves, checkpoints, statements and proofs as they are, and people, settings and
all the rest. Stop the bot first. It signs, copies in one transaction, and verifies what arrived; the old database stays
as it is. A copy that was interrupted leaves nothing behind: start it again. One that was interrupted while it verified
is complete: reeve verify, with DATABASE_URL set to it, does that. The data directory stays the same.

Exit status: 0 copied and intact, 1 what arrived does not verify, 2 it could not be done.`,
  examples: [
    'reeve copy --to postgresql://reeve:change-me@localhost:5432/reeve',
    'reeve copy --to file:./data/reeve.db',
  ],
  async run({ args, config, terminal, json }) {
    const settings = config();
    const url = args.value('to');
    const problem = url === undefined ? 'it is missing' : databaseProblem(url);
    if (url === undefined || problem !== null) {
      throw new UserError({
        code: 'BAD_TARGET',
        message: `--to wants the database to copy to: ${problem}.`,
        example: 'reeve copy --to postgresql://reeve:change-me@localhost:5432/reeve',
      });
    }
    const to = databaseFrom(url, terminal.cwd);
    // What waits in the spool is written, and all of it signed, while the old database is still the one.
    const { reeve } = await openSignedLedger(settings);
    await reeve.close();
    const { copyDatabase } = await import('../../lifecycle/copy/copyDatabase.js');
    const progress = new Progress(terminal, 'Copying');
    const { database: from, dataDir } = settings;
    const copied = await copyDatabase({
      from,
      to,
      dataDir,
      now: () => terminal.now(),
      onProgress: (done, total) => progress.at(done, total),
    }).finally(() => progress.end());
    const label = databaseLabel(to);
    const isValid = copied.verdicts.every(({ verdict }) => verdict.isValid);
    if (json) {
      await writeTo(terminal.stdout, `${JSON.stringify({ to: label, dataDir, isValid, ...copied })}\n`);
      return isValid ? OK : FINDING;
    }
    const lines = [
      `Copied ${entries(copied.entries)} and ${amount(copied.others, 'other row', 'other rows')} to ${label}.`,
      ...copied.verdicts.map(({ tenant, verdict }) => `${tenant}: ${verdictSentence(verdict)}`),
      ...(isValid
        ? [
            '',
            'Set in .env, before anything is started again:',
            `  DATABASE_URL=${label}${to.kind === 'postgresql' ? '   (with the user and the password that you gave)' : ''}`,
            `  REEVE_DATA_DIR=${dataDir}`,
            `The old database, ${settings.databaseLabel}, is as it was. Let nothing write to it any more.`,
          ]
        : ['What arrived does not verify. Go on with the old database, and look at it: reeve verify']),
    ];
    await writeTo(terminal.stdout, `${lines.join('\n')}\n`);
    return isValid ? OK : FINDING;
  },
};
