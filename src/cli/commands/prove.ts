import { proofOf } from '../../audit/export/bundle.js';
import { wholeNumber } from '../arguments.js';
import { type CliCommand, OK } from '../command.js';
import { Progress } from '../progress.js';
import { openSignedLedger } from '../signedLedger.js';
import { openOutput } from '../terminal.js';

export const prove: CliCommand = {
  name: 'prove',
  summary: 'Prove one entry to somebody who does not have the ledger',
  words: 'SEQ',
  wordCount: [1, 1],
  options: [{ name: 'out', value: 'FILE', help: 'write the proof here (default: standard output)' }],
  details: `The proof holds the entry, its path to a signed checkpoint and that checkpoint. Whoever gets it needs the
verifier key from somewhere they trust: reeve verify FILE --vkey KEY.`,
  examples: ['reeve prove 1234 --out case-1234.json', 'reeve verify case-1234.json --vkey "$(reeve key)"'],
  async run({ args, config, terminal }) {
    const seq = wholeNumber(args.words[0]!.replace(/^#/, ''), 'SEQ', 1, Number.MAX_SAFE_INTEGER);
    const output = openOutput(terminal, args.value('out'));
    const progress = new Progress(terminal, 'Reading');
    try {
      const { reeve, ...ledger } = await openSignedLedger(config());
      try {
        const text = await proofOf({ ...ledger, onProgress: (done, total) => progress.at(done, total) }, seq);
        progress.end();
        await output.write(text);
        await output.done();
      } finally {
        await reeve.close();
      }
    } catch (error) {
      progress.end();
      await output.abandon();
      throw error;
    }
    return OK;
  },
};
