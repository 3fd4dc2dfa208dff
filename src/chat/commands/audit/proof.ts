import { createHash } from 'node:crypto';
import { actorOf } from '../../../access/person.js';
import { proofOf } from '../../../audit/export/bundle.js';
import { readHead } from '../../../audit/ledgerRows.js';
import { word } from '../../argument.js';
import { defineCommand } from '../../command.js';
import { code, lines, say } from '../../text.js';
import { readCase } from '../readCase.js';
import { itemOf } from './around.js';

export const proof = defineCommand({
  name: 'audit proof',
  group: 'Record',
  summary: 'The proof of one event, as a file for somebody who has nothing but the key',
  role: 'ADMIN',
  leaves: { records: 'itself' },
  args: { case: word(readCase) },
  examples: ['audit proof 1234'],
  async handle(context, { case: number }) {
    const { services, person, performer } = context;
    const { record } = services;
    await itemOf(context, number);
    const checkpoint = await record.sign();
    const { read } = record.store;
    const head = (await readHead(read, record.ledger.tenant))!;
    const bytes = Buffer.from(await proofOf({ reads: read, head, checkpoint }, number));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await record.logger.logAuditLogExported(
      { performedBy: actorOf(person), format: 'proof', rows: 1, query: `seq:${number}`, sha256 },
      performer.context,
    );
    const name = `case-${number}.json`;
    return {
      text: lines(
        say`The proof of #${number}, under a checkpoint over ${checkpoint.size} entries.`,
        say`To check it: ${code(`reeve verify ${name} --vkey "${record.ledger.vkey}"`)}`,
        say`SHA-256: ${code(sha256)}`,
      ),
      document: { name, mime: 'application/json', bytes },
      isPrivate: true,
      rows: 1,
    };
  },
});
