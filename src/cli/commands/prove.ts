import { createHash } from 'node:crypto';
import { proofOf } from '../../audit/export/bundle.js';
import { wholeNumber } from '../arguments.js';
import { type CliCommand, OK } from '../command.js';
import { type Output, withOutput } from '../output.js';
import { Progress } from '../progress.js';
import { openSignedLedger } from '../signedLedger.js';
import { writeTo } from '../terminal.js';

export const prove: CliCommand = {
  name: 'prove',
  summary: 'Prove one entry to somebody who does not have the ledger',
  words: 'SEQ',
  wordCount: [1, 1],
  options: [{ name: 'out', value: 'FILE', help: 'write the proof here (default: standard output)' }],
  details: `The proof holds the entry, its path to a signed checkpoint and that checkpoint. Whoever gets it needs the
verifier key from somewhere they trust: reeve verify FILE --vkey KEY.`,
  examples: ['reeve prove 1234 --out case-1234.json', 'reeve verify case-1234.json --vkey "$(reeve key)"'],
  async run({ args, config, terminal, json }) {
    const seq = wholeNumber(args.words[0]!.replace(/^#/, ''), 'SEQ', {
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      example: 'reeve prove 50',
    });
    const progress = new Progress(terminal, 'Reading');
    const work = async (output: Output): Promise<{ size: number; sha256: string }> => {
      const { reeve, ...ledger } = await openSignedLedger(config());
      const onProgress = (done: number, total: number): void => {
        output.demandGoingOn();
        progress.at(done, total);
      };
      try {
        const text = await proofOf({ ...ledger, onProgress }, seq);
        progress.end();
        await output.write(text);
        return { size: ledger.checkpoint.size, sha256: createHash('sha256').update(text).digest('hex') };
      } finally {
        await reeve.close();
      }
    };
    const file = args.value('out');
    const { size, sha256 } = await withOutput(terminal, file, work).finally(() => progress.end());
    // Without a file the proof itself is the answer, and is JSON already.
    if (json && file !== undefined && file !== '-') {
      await writeTo(terminal.stdout, `${JSON.stringify({ file, seq, size, sha256 })}\n`);
    }
    return OK;
  },
};
