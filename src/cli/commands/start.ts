import { type CliCommand, OK } from '../command.js';

export const start: CliCommand = {
  name: 'start',
  summary: 'Run Reeve until it is told to stop',
  words: '',
  wordCount: [0, 0],
  options: [],
  details: `npm start does the set-up first and then this. With --json each thing it has to say is one object a line:
{"event":"ready"} with all that reeve status --json tells, then {"event":"stopping"} and {"event":"closed"}.`,
  examples: ['npm start', 'reeve start'],
  async run({ config, terminal, json }) {
    const { main } = await import('../../main.js');
    await main(config(), terminal, json);
    return OK;
  },
};
