import type { Config } from '../../config/config.js';
import { UserError } from '../../config/userError.js';
import { type CliCommand, OK } from '../command.js';
import { openExistingReeve } from '../existingReeve.js';
import { openLedgerReader } from '../ledgerReader.js';
import { type Terminal, writeTo } from '../terminal.js';

export const key: CliCommand = {
  name: 'key',
  summary: "Print the ledger's verifier key, or replace the signing key",
  words: '[rotate]',
  wordCount: [0, 1],
  options: [{ name: 'reason', value: 'TEXT', help: 'why the key is replaced (with rotate)' }],
  details: `The verifier key is public: whoever has it can check exports and proofs with reeve verify FILE --vkey KEY.

rotate makes a new signing key in the data directory. One checkpoint is signed by both keys, then the new one
signs alone. Stop other processes of this ledger first, and give them the new key before they start again.`,
  examples: [
    'reeve key',
    'reeve verify ledger.ndjson --vkey "$(reeve key)"',
    'reeve key rotate --reason "yearly"',
  ],
  async run({ args, config, terminal, json }) {
    const [verb] = args.words;
    if (verb !== undefined && verb !== 'rotate') {
      throw new UserError({
        code: 'USAGE',
        message: `key takes no ${JSON.stringify(verb.slice(0, 40))}.`,
        example: 'reeve key rotate',
      });
    }
    if (verb === undefined && args.has('reason')) {
      throw new UserError({
        code: 'USAGE',
        message: '--reason tells why the key is replaced, and goes with rotate.',
        example: 'reeve key rotate --reason "yearly"',
      });
    }
    let vkey: string;
    if (verb === 'rotate') {
      const reeve = await openExistingReeve(config());
      try {
        vkey = await reeve.record.rotateKey(args.value('reason'));
      } finally {
        await reeve.close();
      }
    } else {
      vkey = await trustedKey(config(), terminal);
    }
    await writeTo(terminal.stdout, json ? `${JSON.stringify({ vkey })}\n` : `${vkey}\n`);
    return OK;
  },
};

/** The newest key that the data directory vouches for. The database's own word for it would be no proof. */
async function trustedKey(config: Config, terminal: Terminal): Promise<string> {
  const { head, keys, close } = await openLedgerReader(config, terminal);
  await close();
  const [known, newest] = [keys.at(-1)?.text, head.vkeys.at(-1)];
  if (known !== undefined && known === newest) return known;
  throw new UserError({
    code: 'KEY_NOT_TRUSTED',
    message: `The key that ${config.databaseLabel} names is not the newest in keys.txt of ${config.dataDir}.`,
    hint: 'Either this is not the data directory of that database, or somebody changed one of them.',
  });
}
