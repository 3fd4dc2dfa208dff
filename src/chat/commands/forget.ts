import type { Erased } from '../../lifecycle/erasure/certify.js';
import { person } from '../argument.js';
import { defineCommand } from '../command.js';
import type { Reply } from '../reply.js';
import { bold, code, joined, lines, say, type Text } from '../text.js';
import { isOneself } from './changed.js';

export const forget = defineCommand({
  name: 'forget',
  group: 'People',
  summary: 'Erases somebody from everything that is kept, for good',
  role: 'OWNER',
  whoMay: 'OWNERs. One active OWNER always stays, and what is under a hold stays.',
  isDirectOnly: true,
  // Where it fails there must be no entry that looks like one of an erasure.
  leaves: { changes: ['SUBJECT_ERASED'] },
  args: { person: person() },
  examples: ['forget @Bo', 'forget +12025550101'],
  async confirm(context, { person }) {
    await context.services.erasure.demandPossible(person.address, { performedBy: context.performer });
    const isOwn = isOneself(context, person.address);
    return lines(
      say`${isOwn ? 'You' : context.show(person)} will be ${bold('erased')}, and that cannot be taken back:`,
      'role, whitelist place and links go; so do conversations, usage, saved searches and watches;',
      'and in the record, in archives and copies of it, who they were wherever they acted, and all that an event was about that concerns or names them.',
      'That something happened, when, and which action it was stays, and so does the proof. You get a certificate.',
    );
  },
  handle: async (context, { person }) => {
    const { erasure } = context.services;
    return erasedReply(await erasure.erase(person.address, { performedBy: context.performer }));
  },
});

function erasedReply({ facts, text }: Erased): Reply {
  const { count } = facts.entries;
  const { cases } = facts;
  const numbers: Text[] = cases.map((number) => say`#${number}`);
  return {
    text: lines(
      say`Nothing that is kept here names them any more. ${count === 0 ? 'No event spoke of them.' : `${count.toLocaleString('en-US')} ${count === 1 ? 'event' : 'events'} did.`}${cases.length === 0 ? '' : say` ${cases.length === 1 ? 'Case' : 'Cases'} ${joined(numbers, ', ')}.`}`,
      'The certificate says what was reached, and what could not be and why.',
      say`To see that the record is whole: ${code('audit verify')}`,
    ),
    document: {
      name: `erasure-${cases[0] ?? 'certificate'}.txt`,
      mime: 'text/plain',
      bytes: Buffer.from(text),
    },
    isPrivate: true,
  };
}
