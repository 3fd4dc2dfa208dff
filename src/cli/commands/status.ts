import { type CliCommand, FINDING, OK } from '../command.js';
import { openLedgerReader } from '../ledgerReader.js';
import { readStatus, statusText } from '../status.js';
import { writeTo } from '../terminal.js';

export const status: CliCommand = {
  name: 'status',
  summary: 'Where data lies, how much there is, and whether it is well',
  words: '',
  wordCount: [0, 0],
  options: [],
  details: 'Reads only, and may run beside the bot. Exit status 1 when the newest entries do not verify.',
  examples: ['reeve status', 'reeve status --json'],
  async run({ config, terminal, json }) {
    const settings = config();
    const reader = await openLedgerReader(settings, terminal);
    try {
      const result = await readStatus(settings, reader, terminal.now());
      const text = json ? `${JSON.stringify(result)}\n` : statusText(result, terminal.now());
      await writeTo(terminal.stdout, text);
      return result.tail.isValid ? OK : FINDING;
    } finally {
      await reader.close();
    }
  },
};
