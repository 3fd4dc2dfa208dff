import { UserError } from '../../config/userError.js';
import { HOLD_KINDS, type HoldKind, type LegalHold } from '../../lifecycle/hold/legalHold.js';
import { type Arguments, type CliCommand, OK } from '../command.js';
import { openExistingReeve } from '../existingReeve.js';
import { printable } from '../printable.js';
import { writeTo } from '../terminal.js';
import { whomMeant } from '../whom.js';

const usage = (message: string): UserError =>
  new UserError({
    code: 'USAGE',
    message,
    hint: 'reeve hold --help shows how it is written.',
    example: 'reeve hold add --range 100-200 --reason "the case of May"',
  });

export const hold: CliCommand = {
  name: 'hold',
  summary: 'Keep entries, whatever retention and erasure say',
  words: 'add|list|release [CASE]',
  wordCount: [1, 2],
  options: [
    { name: 'person', value: 'PERSON', help: 'with add: all that is about somebody' },
    { name: 'query', value: 'QUERY', help: 'with add: what a query finds, now and later' },
    { name: 'range', value: 'FROM-TO', help: 'with add: the entries with these numbers' },
    { name: 'reason', value: 'TEXT', help: 'why; needed with add' },
  ],
  details: `Retention stops before the first entry that is held, and an erasure that would touch one is refused with
the hold's reason. A hold is known by the number of the event that laid it.`,
  examples: [
    'reeve hold add --person +12025550101 --reason "the case of May"',
    'reeve hold add --query "action:role.* since:30d" --reason "the case of May"',
    'reeve hold add --range 1200-1300 --reason "the case of May"',
    'reeve hold list',
    'reeve hold release 1234 --reason "the case is closed"',
  ],
  async run({ args, config, terminal, json }) {
    const [verb, id] = args.words;
    if (verb !== 'add' && verb !== 'list' && verb !== 'release')
      throw usage('hold knows add, list and release.');
    if ((verb === 'release') !== (id !== undefined))
      throw usage('The number of a hold goes with release, and with nothing else.');
    const request = verb === 'add' ? wanted(args) : null;
    const reeve = await openExistingReeve(config());
    try {
      const tell = (object: object, words: string) =>
        writeTo(terminal.stdout, json ? `${JSON.stringify(object)}\n` : words);
      if (request !== null) {
        const { kind, what, reason } = request;
        const meant = kind === 'person' ? await whomMeant(reeve, what, PERSON_EXAMPLE) : what;
        const laid = await reeve.holds.add({ kind, what: meant, reason });
        const first = await reeve.holds.firstUnder(laid);
        const none = first === null ? 'No entry is under it so far: is it what was meant?\n' : '';
        await tell({ ...laid, first }, `Held, as case #${laid.id}: ${printable(laid.what)}\n${none}`);
      } else if (verb === 'release') {
        const options = args.has('reason') ? { reason: args.value('reason') } : {};
        const { case: number, hold: released } = await reeve.holds.release(id!, options);
        await tell(
          { ...released, releasedAs: number },
          `Hold #${released.id} is released, as case #${number}\n`,
        );
        // An erasure may have met it half-way. Where it cannot be finished now, the hold is released all the same.
        await reeve.erasure.resume().catch((error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          terminal.stderr.write(`An erasure that is under way could not be finished yet: ${error.message}\n`);
        });
      } else {
        const holds = await reeve.holds.list();
        await tell(holds, holds.length === 0 ? 'Nothing is held.\n' : holds.map(lineOf).join(''));
      }
      return OK;
    } finally {
      await reeve.close();
    }
  },
};

const PERSON_EXAMPLE = 'reeve hold add --person +12025550101 --reason "the case of May"';

function wanted(args: Arguments): { kind: HoldKind; what: string; reason: string } {
  const kinds = HOLD_KINDS.filter((kind) => args.has(kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw usage('add takes one of --person, --query and --range.');
  const reason = args.value('reason');
  if (reason === undefined)
    throw usage('A hold needs a --reason: whoever meets it later has to know why it is there.');
  return { kind, what: args.value(kind)!, reason };
}

const lineOf = ({ id, kind, what, at, by, reason }: LegalHold): string =>
  `#${id} ${kind} ${printable(what)} · ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC · ${by === '' ? 'somebody who was erased' : printable(by)}: ${printable(reason)}\n`;
