import { UserError } from '../../config/userError.js';
import { entries as entriesInWords } from '../amount.js';
import { type CliCommand, OK } from '../command.js';
import { openExistingReeve } from '../existingReeve.js';
import { Progress } from '../progress.js';
import { writeTo } from '../terminal.js';

export const mirror: CliCommand = {
  name: 'mirror',
  summary: 'Write the NDJSON mirror anew from the ledger',
  words: 'rebuild',
  wordCount: [1, 1],
  options: [],
  details: `The mirror is events.ndjson in AUDIT_NDJSON_DIR, one entry a line as in a bundle. It keeps itself up to
date while Reeve runs; rebuild is for when its files were lost or damaged.`,
  examples: ['AUDIT_NDJSON_DIR=./mirror reeve mirror rebuild'],
  async run({ args, config, terminal, json }) {
    if (args.words[0] !== 'rebuild') {
      throw new UserError({
        code: 'USAGE',
        message: 'mirror knows only rebuild.',
        example: 'reeve mirror rebuild',
      });
    }
    const settings = config();
    if (settings.mirrorDir === undefined) {
      throw new UserError({
        code: 'NO_MIRROR',
        message: 'AUDIT_NDJSON_DIR is not set, so there is no mirror.',
        example: 'AUDIT_NDJSON_DIR=./mirror reeve mirror rebuild',
      });
    }
    const reeve = await openExistingReeve(settings);
    const progress = new Progress(terminal, 'Mirroring');
    try {
      const follower = reeve.record.mirror!;
      const entries = await follower.rebuild((done, total) => progress.at(done, total));
      progress.end();
      const { folder } = follower.status();
      await writeTo(
        terminal.stdout,
        json ? `${JSON.stringify({ entries, folder })}\n` : `${entriesInWords(entries)} in ${folder}\n`,
      );
      return OK;
    } finally {
      progress.end();
      await reeve.close();
    }
  },
};
