import { createInterface } from 'node:readline/promises';
import { UserError } from '../config/userError.js';
import type { Terminal } from './terminal.js';

/** Whether a person at the terminal says yes. Where nobody sits there, it has to be said beforehand. */
export async function confirmed(terminal: Terminal, question: string): Promise<boolean> {
  const isPerson = (terminal.stdin as { isTTY?: boolean }).isTTY === true && terminal.stderr.isTTY === true;
  if (!isPerson)
    throw new UserError({
      code: 'NOT_CONFIRMED',
      message: 'This cannot be taken back, and there is nobody at the terminal to confirm it.',
      hint: 'Say so beforehand with --yes.',
    });
  const asking = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    return /^\s*y(?:es)?\s*$/i.test(await asking.question(`${question} [y/N] `));
  } finally {
    asking.close();
  }
}
