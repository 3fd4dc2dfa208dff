import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Client } from 'whatsapp-web.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../until.js';
import { endAll, inside, linked, newClient, newSite } from './clients.js';
import { describeWithBrowser } from './describeWithBrowser.js';

/** What the library does when the line is lost, the browser dies or nobody scans: facts that the gateway is built on. */

const ANA = '12025550100@c.us';

/** What a client tells of its connection from here on. */
function eventsOf(client: Client): string[] {
  const seen: string[] = [];
  for (const name of ['qr', 'code', 'authenticated', 'ready', 'disconnected', 'auth_failure']) {
    client.on(name, (detail) => seen.push(name === 'disconnected' ? `${name} ${detail}` : name));
  }
  return seen;
}

const closed = (client: Client) =>
  new Promise<void>((resolve) => {
    client.pupBrowser!.once('disconnected', () => resolve());
  });

describeWithBrowser('the connection', () => {
  afterEach(endAll);

  test('neither a crashed page nor a killed browser is told of; the next one needs no QR code, and all that was sent is there', async () => {
    const session = tempFolder();
    const site = newSite();
    // From outside, as for a bot in a process of its own.
    const remote = site.remote({ profile: join(session, 'session') });
    expect(remote.browserPid()).toBeNull();
    const first = newClient(site, session);
    const events = eventsOf(first.client);
    await Promise.all([once(first.client, 'ready'), first.client.initialize(), remote.scan()]);
    expect(remote.browserPid()).toBe(first.client.pupBrowser!.process()!.pid);
    await remote.receive({ from: ANA, text: 'hello' });
    await until('it was heard', () => first.heard.length === 1);
    await first.client.sendMessage(ANA, 'before', { waitUntilMsgSent: true });
    await remote.crashRenderer();
    const answer = first.client.getState().catch(() => 'rejected');
    // Whatever it does, it does within a whole question to the browser and back.
    await first.client.pupBrowser!.version();
    expect(await Promise.race([answer, Promise.resolve('hangs')])).toBe('hangs');
    const isClosed = closed(first.client);
    await remote.killBrowser();
    await isClosed;
    expect(remote.browserPid()).toBeNull();
    expect(events).toEqual(['qr', 'authenticated', 'ready']);

    const second = newClient(site, session);
    const again = eventsOf(second.client);
    await Promise.all([once(second.client, 'ready'), second.client.initialize()]);
    expect(again).toEqual(['authenticated', 'ready']);
    expect(await remote.sent()).toMatchObject([{ text: 'before' }]);
    await remote.receive({ from: ANA, text: 'hello again' });
    await until('it was heard', () => second.heard.length === 1);
  });

  test('is ready when the page says so, late or more than once', async () => {
    const { client, remote } = newClient(newSite({ sync: 'held' }), tempFolder());
    const events = eventsOf(client);
    await client.initialize();
    await remote.scan();
    await remote.until('the line is up', ({ socket }) => socket === 'CONNECTED');
    expect(events).toEqual(['qr']);
    const loading = once(client, 'loading_screen');
    await remote.loading(42);
    expect((await loading)[0]).toBe(42);
    await remote.sync();
    await until('the client is ready', () => events.includes('ready'));
    await remote.sync();
    await until('it is ready again', () => events.length === 5);
    expect(events).toEqual(['qr', 'authenticated', 'ready', 'authenticated', 'ready']);
  });

  test('a conflict or a lost link closes the browser, and the same client starts again', async () => {
    const { client, remote } = await linked();
    const events = eventsOf(client);
    const isClosed = closed(client);
    await remote.conflict();
    await isClosed;
    expect(events.splice(0)).toEqual(['disconnected CONFLICT']);
    await Promise.all([once(client, 'ready'), client.initialize()]);
    expect(events.splice(0)).toEqual(['authenticated', 'ready']);
    const isClosedAgain = closed(client);
    await remote.unpaired();
    await isClosedAgain;
    expect(events.splice(0)).toEqual(['disconnected UNPAIRED']);
    await Promise.all([once(client, 'qr'), client.initialize()]);
  });

  test('a logout on the phone shows a QR code; where the page is out of reach, a text is thrown that nobody can catch', async () => {
    const { client, remote, strays } = await linked();
    const events = eventsOf(client);
    const ready = once(client, 'ready');
    await remote.logout({ isReachable: true });
    await until('a QR code is shown', () => events.includes('qr'));
    expect(events.splice(0)).toEqual(['disconnected LOGOUT', 'qr']);
    await remote.scan();
    await ready;
    events.splice(0);
    inside(client).options.authTimeoutMs = 1;
    await remote.logout({ isReachable: false });
    await until('the library gives up', () => strays.length > 0);
    expect(strays).toEqual(['auth timeout']);
    expect(events).toEqual(['disconnected LOGOUT']);
  });

  test('calls can hang, before a message has gone out and after; a frozen page does not keep the browser open', async () => {
    const { client, remote } = await linked();
    await remote.hang('send');
    client.sendMessage(ANA, 'one').catch(() => undefined);
    await remote.until('it hangs', ({ hangs }) => hangs === 1);
    await remote.unhang();
    await remote.hang('delivered');
    let hasReturned = false;
    const done = () => {
      hasReturned = true;
    };
    client.sendMessage(ANA, 'two').then(done, done);
    await remote.sees(({ text }) => text === 'two');
    await remote.until('it hangs as well', ({ hangs }) => hangs === 2);
    expect(hasReturned).toBe(false);
    await remote.unhang();
    await client.sendMessage(ANA, 'three');
    expect((await remote.sent()).map(({ text }) => text)).toEqual(['two', 'three']);
    const pid = remote.browserPid()!;
    await remote.freeze();
    await client.destroy();
    expect(remote.browserPid()).toBeNull();
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test('a pairing code does what a QR code does', async () => {
    const pairWithPhoneNumber = { phoneNumber: '12025550199', showNotification: true, intervalMs: 60_000 };
    const { client, remote } = newClient(newSite(), tempFolder(), { pairWithPhoneNumber });
    const [code, ready] = [once(client, 'code'), once(client, 'ready')];
    await client.initialize();
    expect((await code)[0]).toBe('REEV2345');
    await remote.scan();
    await ready;
  });

  test('a QR code that nobody scans is followed by others, and by nothing once the page is idle', async () => {
    const { client, remote } = newClient(newSite(), tempFolder());
    const codes: string[] = [];
    client.on('qr', (code: string) => codes.push(code));
    await client.initialize();
    await until('a code is shown', () => codes.length === 1);
    await remote.newQr();
    await until('another code is shown', () => codes.length === 2);
    expect(codes[0]).not.toBe(codes[1]);
    await remote.idleQr();
    expect(await client.getState()).toBe('UNPAIRED_IDLE');
    expect(codes).toHaveLength(2);
  });
});
