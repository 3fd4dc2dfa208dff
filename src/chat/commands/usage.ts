import type { Person } from '../../access/person.js';
import { Refusal } from '../../access/refusal.js';
import { isAtLeast } from '../../access/role.js';
import { UserError } from '../../config/userError.js';
import { optional, person, word } from '../argument.js';
import { type CommandContext, defineCommand } from '../command.js';
import { say } from '../text.js';

/** One's own is everybody's; somebody else's is for operators. */
function demandOwnOrOperator({ person: asking }: CommandContext, about: Person | null, whose: string): void {
  if (about === null || about.address === asking.address || isAtLeast(asking.role, 'OPERATOR')) return;
  throw new Refusal(
    'role',
    `You are ${asking.role}, so you may ${whose} of your own only.`,
    'Operators, admins and owners may for others as well.',
  );
}

export const usage = defineCommand({
  name: 'usage',
  group: 'Bot',
  summary: 'Shows how much of the assistant you have used, and what it cost',
  role: 'USER',
  whoMay: 'For others: operators, admins and owners.',
  leaves: { reads: 'USAGE_QUERY' },
  args: { person: optional(person()), period: optional(word()) },
  examples: ['usage', 'usage me 7d'],
  handle: async (context, { person: about }) => {
    demandOwnOrOperator(context, about, 'see the usage');
    return { text: say`No assistant is set up here, so nothing was used and nothing was spent.` };
  },
});

export const reset = defineCommand({
  name: 'reset',
  group: 'Bot',
  summary: 'Clears what the assistant remembers of your conversation',
  role: 'USER',
  whoMay: 'For others: operators, admins and owners.',
  leaves: { changes: 'CONVERSATION_RESET' },
  args: { person: optional(person()) },
  examples: ['reset', 'reset me'],
  handle: async (context, { person: about }) => {
    demandOwnOrOperator(context, about, 'reset a conversation');
    throw new UserError({
      code: 'NO_ASSISTANT',
      message: 'No assistant is set up here, so there is no conversation to clear.',
      hint: 'Whoever runs the bot sets it up with REEVE_LLM_BASE_URL.',
    });
  },
});
