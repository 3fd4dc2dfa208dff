import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../config/userError.js';
import { parseVerifierKey, type VerifierKey } from '../../ledger/note.js';
import { openCertificate, openCertificateText } from '../../lifecycle/erasure/certificate.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import { type CliCommand, FINDING, OK } from '../command.js';
import { writeTo } from '../terminal.js';

export const certificate: CliCommand = {
  name: 'certificate',
  summary: 'Check the certificate of an erasure',
  words: 'FILE',
  wordCount: [1, 1],
  options: [
    { name: 'vkey', value: 'KEY', repeated: true, help: 'trust this verifier key (reeve key prints it)' },
  ],
  details: `FILE is the data of a certificate, which ends in .json, or its text, as it is sent in a chat. The exit status
is 0 where a trusted key has signed exactly that, and 1 where none has. Without --vkey the keys in the data directory are
trusted; no database is opened.`,
  examples: [
    'reeve certificate certificates/default-1234.json',
    'reeve certificate certificate.txt --vkey "$(cat reeve.vkey)"',
  ],
  async run({ args, config, terminal, json }) {
    const file = args.words[0]!;
    const given = args.values('vkey').map(keyFrom);
    const keys = given.length > 0 ? given : readTrustedKeys(config().dataDir);
    const text = read(resolve(terminal.cwd, file));
    const facts = openCertificate(text, keys);
    const isValid = facts !== null || openCertificateText(text, keys) !== null;
    if (json) await writeTo(terminal.stdout, `${JSON.stringify({ isValid, ...facts })}\n`);
    else if (!isValid)
      await writeTo(terminal.stdout, 'No trusted key has signed this certificate as it is.\n');
    else await writeTo(terminal.stdout, facts === null ? text : (JSON.parse(text) as { note: string }).note);
    return isValid ? OK : FINDING;
  },
};

function keyFrom(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    throw new UserError({ code: 'BAD_VKEY', message: (error as Error).message, example: 'reeve key' });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError({
      code: 'CANNOT_READ',
      message: `${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      example: 'reeve certificate certificate.json',
    });
  }
}
