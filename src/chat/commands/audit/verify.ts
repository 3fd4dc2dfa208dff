import { verdictDetails, verdictSentence } from '../../../audit/verify/verdictWords.js';
import { oneOf, optional } from '../../argument.js';
import { defineCommand } from '../../command.js';
import { bold, code, lines, say } from '../../text.js';

export const verify = defineCommand({
  name: 'audit verify',
  group: 'Record',
  summary: 'Whether the record is what was signed: its newest part, or all of it',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { full: optional(oneOf('full')) },
  examples: ['audit verify', 'audit verify full'],
  async handle({ services, prefix }, { full }) {
    const verdict = await services.record.repository.verifyIntegrity({ sinceCheckpoint: full === null });
    return {
      text: lines(
        bold(verdictSentence(verdict)),
        ...verdictDetails(verdict).map((line) => say`${line}`),
        verdict.verdict === 'intact-from' &&
          full === null &&
          say`Every entry: ${code(`${prefix}audit verify full`)}`,
        !verdict.isValid &&
          say`Keep everything as it is and copy the database and its data directory before anything else.`,
      ),
      rows: verdict.totalRecords,
    };
  },
});
