/** A bot on whatsapp-web.js as there are many: it has its own client, and answers one word. */
import wweb from 'whatsapp-web.js';

export const { MessageMedia } = wweb;

export function createClient(options = {}) {
  const client = new wweb.Client({ authStrategy: new wweb.LocalAuth(), ...options });
  client.on('qr', (qr) => console.log(`qr ${qr}`));
  client.on('ready', () => console.log('ready'));
  client.on('message', async (message) => {
    if (message.body === 'ping') await client.sendMessage(message.from, 'pong');
  });
  return client;
}
