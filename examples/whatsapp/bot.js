/**
 * An existing whatsapp-web.js bot that gains commands, roles and a record: what is new are the lines with Reeve in
 * them. Its client stays its own; Reeve neither starts nor ends it.
 *
 *   npm run setup
 *   REEVE_OWNERS=+12025550100 CLIENT_OPTIONS='{"puppeteer":{"executablePath":"/usr/bin/chromium"}}' \
 *     node examples/whatsapp/bot.js
 */
import { openReeve, WhatsAppGateway, whatsAppShim } from 'reeve';
import { createClient, MessageMedia } from './existing.js';

const client = createClient({
  // Mends what the site changed in July and September 2026; leave it out once your library knows it.
  evalOnNewDoc: whatsAppShim,
  ...JSON.parse(process.env.CLIENT_OPTIONS ?? '{}'),
});

const reeve = await openReeve({
  gateway: new WhatsAppGateway({ client, MessageMedia }),
  // What is no command is still the old bot's.
  onOther: async () => {},
});
await reeve.start();
await client.initialize();

process.once('SIGTERM', async () => {
  await reeve.close();
  await client.destroy();
});
