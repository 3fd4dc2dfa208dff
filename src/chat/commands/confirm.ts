import { Refusal } from '../../access/refusal.js';
import { word } from '../argument.js';
import { defineCommand } from '../command.js';

export const confirm = defineCommand({
  name: 'confirm',
  aliases: ['yes'],
  group: 'Bot',
  summary: 'Does what you were asked to confirm',
  role: 'USER',
  whoMay: 'It is for whoever was asked, in the chat where they were asked.',
  // What is confirmed records itself.
  leaves: { records: 'itself' },
  args: { code: word() },
  examples: ['confirm 042917'],
  handle: async (context, { code }) => {
    const { person, message, services } = context;
    const taken = services.confirmations.take(code, { person, chatId: message.chat.id });
    if (taken === 'too-many-tries')
      throw new Refusal(
        'confirmation',
        'Those were too many wrong codes, so nothing of yours waits for one any more.',
        'Ask again in two minutes, and answer with the code you get then.',
      );
    if (taken === 'unknown')
      throw new Refusal(
        'confirmation',
        'Nothing waits for that code here.',
        'A code works once, within two minutes, for whoever got it and in the same chat. Ask again for a new one.',
      );
    return taken.run(context);
  },
});
