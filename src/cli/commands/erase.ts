import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../config/userError.js';
import { type CliCommand, FAILED, OK } from '../command.js';
import { confirmed } from '../confirmed.js';
import { openExistingReeve } from '../existingReeve.js';
import { writeTo } from '../terminal.js';
import { whomMeant } from '../whom.js';

export const erase: CliCommand = {
  name: 'erase',
  summary: 'Erase a person from everything that is kept, for good',
  words: 'PERSON',
  wordCount: [1, 1],
  options: [
    { name: 'yes', help: 'do not ask' },
    {
      name: 'out',
      value: 'FILE',
      help: 'also write the certificate there; as data where the name ends in .json',
    },
  ],
  details: `PERSON is a phone number, a LID (lid:…) or a name that only they have. Whoever it is loses role, whitelist
place and links; the record, its archives, mirror and index no longer say who they were, nor anything that
concerned or named them. That something happened, when, and which action it was stays, and so does the proof.

The certificate says what was reached, and what could not be and why; it is kept in certificates/ of the data
directory and names nobody. What is under a hold is not erased. Restart a bot that runs meanwhile: what it has in
its memory is its own.`,
  examples: ['reeve erase +12025550101', 'reeve erase lid:998877665544 --yes --out certificate.json'],
  async run({ args, config, terminal, json }) {
    const out = args.value('out');
    const reeve = await openExistingReeve(config());
    try {
      const address = await whomMeant(reeve, args.words[0]!, 'reeve erase +12025550101');
      await reeve.erasure.demandPossible(address);
      const question = 'Everything that is kept about this person goes, and cannot be brought back. Go on?';
      if (!args.has('yes') && !(await confirmed(terminal, question))) {
        await writeTo(terminal.stderr, 'Nothing was erased.\n');
        return FAILED;
      }
      const erased = await reeve.erasure.erase(address, { channel: 'cli' });
      const certificate = out?.endsWith('.json') ? erased.json : erased.text;
      if (out !== undefined) writeCertificate(resolve(terminal.cwd, out), certificate);
      await writeTo(terminal.stdout, json ? erased.json : `${erased.text}\nKept in ${erased.files[0]}\n`);
      return OK;
    } finally {
      await reeve.close();
    }
  },
};

function writeCertificate(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw new UserError({
      code: 'CANNOT_WRITE',
      message: `The person is erased, but the certificate could not be written to ${path} (${(error as NodeJS.ErrnoException).code}).`,
      hint: 'It is kept in certificates/ of the data directory as well.',
    });
  }
}
