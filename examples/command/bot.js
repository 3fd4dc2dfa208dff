/**
 * A bot at a terminal with a command of its own:
 *
 *   npm run setup
 *   printf '!help stock put\n!stock put tea 12\n!audit list\n' | node examples/command/bot.js
 *
 * On a terminal it has a prompt. In this checkout the name `reeve` leads to the checkout itself; in a project of
 * yours, to the installed package.
 */
import { join } from 'node:path';
import { ConsoleGateway, loadConfig, openReeve } from 'reeve';
import { stockChanged, stockCommands } from './stock.js';

const config = loadConfig({ env: process.env, cwd: process.cwd() });
const gateway = new ConsoleGateway({
  input: process.stdin,
  output: process.stdout,
  folder: join(config.dataDir, 'console'),
  env: process.env,
  now: () => Date.now(),
  prefix: config.prefix,
});

const reeve = await openReeve({ config, gateway, actions: [stockChanged], commands: stockCommands });
await reeve.start();
await gateway.ended;
await reeve.close();
