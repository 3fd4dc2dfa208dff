/**
 * Opens the record, waits for a word, and then records with several writers at once, each waiting for one event
 * before it begins the next. Prints every receipt as soon as it is there.
 */
import { once } from 'node:events';
import { openReeve } from '../../../dist/compose.js';
import { loadConfig } from '../../../dist/config/config.js';

const { env, cwd, name, writers, events } = JSON.parse(process.argv[2]);
const reeve = await openReeve({ config: loadConfig({ env, cwd }) });
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');

async function write(writer) {
  for (let event = 0; event < events; event++) {
    const fate = await reeve.record.write('CONFIG_CHANGE', {
      actor: '+12025550100',
      entityId: `${name}-${writer}`,
      metadata: { event },
    });
    const { seq, id } = fate.status === 'spooled' ? await fate.committed : fate;
    console.log(JSON.stringify({ writer: `${name}-${writer}`, event, status: fate.status, seq, id }));
  }
}

await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
await reeve.close();
process.stdin.destroy();
