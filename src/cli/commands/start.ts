import { main } from '../../main.js';
import { type CliCommand, OK } from '../command.js';

export const start: CliCommand = {
  name: 'start',
  summary: 'Run Reeve until it is told to stop',
  words: '',
  wordCount: [0, 0],
  options: [],
  details: 'npm start does the set-up first and then this.',
  examples: ['npm start', 'reeve start'],
  async run({ config, terminal }) {
    await main(config(), terminal);
    return OK;
  },
};
