/**
 * A host's own script: it opens the record, is told that the database is locked now, records, and waits for the end.
 * Nothing but what it awaits keeps it alive.
 */
import { once } from 'node:events';
import { loadConfig, openReeve } from '../../../dist/index.js';

const { env, cwd, waits } = JSON.parse(process.argv[2]);
const { record } = await openReeve({ config: loadConfig({ env, cwd }) });
await record.flush();
console.log(JSON.stringify('open'));
await once(process.stdin, 'data');
process.stdin.destroy();
const fate = record.logger.record('CONFIG_CHANGE', {
  key: 'greeting',
  oldValue: 'hello',
  newValue: 'good day',
});
for (const wait of waits) {
  if (wait === 'fate') await fate;
  if (wait === 'flush') await record.flush();
  if (wait === 'search') await record.repository.getStatistics();
  if (wait === 'transact') {
    await record.logger
      .transact(async () => {})
      .catch((error) => console.log(JSON.stringify(error.code ?? error.name)));
  }
  if (wait === 'sign')
    await record.sign().catch((error) => console.log(JSON.stringify(error.code ?? error.name)));
  if (wait === 'close') await record.close();
}
console.log(JSON.stringify('done'));
