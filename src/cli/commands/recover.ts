import { amount, entries } from '../amount.js';
import { type CliCommand, OK } from '../command.js';
import { openLedgerReader } from '../ledgerReader.js';
import { writeTo } from '../terminal.js';

export const recover: CliCommand = {
  name: 'recover',
  summary: 'Go on from a restored backup that is older than what was signed',
  words: '',
  wordCount: [0, 0],
  options: [{ name: 'reason', value: 'TEXT', help: 'why entries were lost; it stands in the ledger' }],
  details: `After a database was restored that is older than what was signed, nothing is written: the entries between the
two are gone, and only an operator can say that this is to be accepted. This appends LEDGER_RECOVERED, which names what
was lost, and signs it; every verdict names it from then on. Checkpoints over what was lost go to checkpoints-lost.txt.
Stop all processes of this ledger first. What is no beginning of what was signed is never gone on from.`,
  examples: ['reeve recover --reason "disk failure, restored the backup of Sunday"'],
  async run({ args, config, terminal, json }) {
    const settings = config();
    await (await openLedgerReader(settings)).close();
    const { recoverLedger } = await import('../../lifecycle/watch/recovery.js');
    const recovered = await recoverLedger(
      { ...settings, now: () => terminal.now() },
      args.value('reason') ?? '',
    );
    if (json) {
      await writeTo(terminal.stdout, `${JSON.stringify(recovered)}\n`);
      return OK;
    }
    const { case: number, restoredSize, signedSize, vouchedTo, setAside, erasuresLost } = recovered;
    const lines = [
      `The ledger goes on: #${number} LEDGER_RECOVERED is signed.`,
      signedSize > restoredSize
        ? `Lost: entries ${restoredSize + 1} to ${signedSize}, which had been signed. Every verdict names them from now on.`
        : '',
      vouchedTo < restoredSize
        ? `Nothing that was signed shows entries ${vouchedTo + 1} to ${restoredSize} to be those of before: they came after the last checkpoint in the backup. Look at them.`
        : '',
      setAside > 0
        ? `${amount(setAside, 'checkpoint', 'checkpoints')} over what was lost went to checkpoints-lost.txt in the data directory.`
        : '',
      erasuresLost > 0
        ? `${amount(erasuresLost, 'erasure was', 'erasures were')} made after this backup, so whoever was erased is back: erase them again. Certificates in the data directory name the cases.`
        : '',
      `There ${restoredSize === 1 ? 'is' : 'are'} ${entries(restoredSize)} before it. Start the bot again, and verify: reeve verify`,
    ];
    await writeTo(terminal.stdout, `${lines.filter((line) => line !== '').join('\n')}\n`);
    return OK;
  },
};
