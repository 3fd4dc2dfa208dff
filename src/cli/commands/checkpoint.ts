import { type CliCommand, OK } from '../command.js';
import { openSignedLedger } from '../signedLedger.js';
import { writeTo } from '../terminal.js';

export const checkpoint: CliCommand = {
  name: 'checkpoint',
  summary: 'Sign a checkpoint over everything recorded, and print it',
  words: '',
  wordCount: [0, 0],
  options: [],
  details: `Give it to somebody who should be able to tell later that nothing was changed. They check it with
reeve verify --checkpoint FILE; it works offline, against an exported bundle as well.`,
  examples: ['reeve checkpoint > checkpoint-2026-11-21.txt'],
  async run({ config, terminal, json }) {
    const { reeve, checkpoint } = await openSignedLedger(config());
    try {
      const { size, note } = checkpoint;
      await writeTo(terminal.stdout, json ? `${JSON.stringify({ size, note })}\n` : note);
      return OK;
    } finally {
      await reeve.close();
    }
  },
};
