/**
 * The whole bot on a gateway of one's own:
 *
 *   npm run setup
 *   echo '{"id":"1","from":"+12025550100","text":"!help"}' | REEVE_OWNERS=+12025550100 node examples/gateway/bot.js
 */
import { openReeve } from 'reeve';
import { JsonLines } from './jsonLines.js';

const gateway = new JsonLines(process.stdin, process.stdout);
const reeve = await openReeve({ gateway });
await reeve.start();
await gateway.ended;
await reeve.close();
