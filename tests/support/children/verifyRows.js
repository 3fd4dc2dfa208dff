/** Another process reads a ledger from its beginning, and says what is wrong with its entries. */
import { scanRows } from '../../../dist/audit/ledgerRows.js';
import { rowToEntry } from '../../../dist/audit/table.js';
import { entryProblem } from '../../../dist/ledger/seal.js';
import { Store } from '../../../dist/store/store.js';

const { database } = JSON.parse(process.argv[2]);
const reads = Store.openReadOnly(database);
const problems = [];
for await (const rows of scanRows(reads, 'acme', 1, Number.MAX_SAFE_INTEGER)) {
  for (const row of rows) {
    const entry = rowToEntry(row);
    const problem = entryProblem(entry, 'acme');
    if (problem !== null) problems.push(`${entry.public.seq}: ${problem}`);
  }
}
await reads.close();
console.log(JSON.stringify({ problems }));
process.stdin.destroy();
