import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import wweb, { type Message } from 'whatsapp-web.js';
import { tempFolder } from '../../support/tempFolder.js';
import { describeWithBrowser } from './describeWithBrowser.js';
import { openSite } from './site.js';

describeWithBrowser('the library on the hand-written page', () => {
  test('logs in by QR code, hears and answers', async () => {
    const site = openSite();
    const client = new wweb.Client(site.clientOptions(tempFolder()));
    const remote = site.remote({ client });
    const ready = once(client, 'ready');
    await client.initialize();
    await remote.scan();
    await ready;
    const heard: Message[] = [];
    client.on('message', (message) => heard.push(message));
    const id = await remote.receive({ from: '12025550100@c.us', text: 'hello' });
    await heard[0]!.reply('hi');
    expect(await remote.sent()).toMatchObject([{ chat: '12025550100@c.us', text: 'hi', quotes: id }]);
    await client.destroy();
    await site.close();
  });
});
