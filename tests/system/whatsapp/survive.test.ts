import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { until } from '../until.js';
import { describeWithBrowser } from './describeWithBrowser.js';
import { ANA, BO, closeStages, openLinked, openStage, TEAM } from './stage.js';

/** What has happened to others' bots on WhatsApp, happens here to a whole bot in front of the page. */
describeWithBrowser('the gateway survives', () => {
  afterEach(closeStages, 30_000);

  test('a conflict: another browser took the session over, which is in the record', async () => {
    const { remote, state, sessionChanges, gateway, pairings } = await openLinked();
    const asked = pairings.length;
    await remote.conflict();
    await until('it is lost', () => gateway.status().state !== 'ready');
    await state('ready');
    expect(await sessionChanges()).toEqual(['linked', 'session replaced']);
    expect(pairings).toHaveLength(asked);
  });

  test('the loss of its link: it shows a picture again, and both changes are in the record', async () => {
    const { remote, state, sessionChanges } = await openLinked();
    await remote.unpaired();
    await state('pairing');
    await remote.scan();
    await state('ready');
    expect(await sessionChanges()).toEqual(['linked', 'unlinked', 'linked']);
  });

  test('a message that is delivered three times: it runs once', async () => {
    const { remote, bot, actions } = await openLinked();
    await remote.receive({ from: ANA.wid, text: `!role promote ${BO.phone}`, times: 3 });
    await remote.sees(({ chat }) => chat === ANA.wid);
    await bot.drained();
    expect((await actions()).filter((action) => action === 'ROLE_CHANGE')).toHaveLength(2);
    expect((await remote.sent()).filter(({ chat }) => chat === ANA.wid)).toHaveLength(1);
  });

  test('a message that comes again under the LID of its writer: it runs once', async () => {
    const { remote, bot, actions } = await openLinked();
    await remote.setPhoneOf(ANA.lid, ANA.wid);
    const message = { text: `!role promote ${BO.phone}`, id: '3EB0AAAA' };
    await remote.receive({ ...message, from: ANA.lid });
    await remote.sees(({ chat, text }) => chat === ANA.lid && /OPERATOR/.test(text));
    await remote.receive({ ...message, from: ANA.wid });
    await remote.receive({ from: ANA.wid, text: '!role list' });
    await remote.sees(({ chat, text }) => chat === ANA.wid && text.includes(BO.phone));
    await bot.drained();
    expect((await actions()).filter((action) => action === 'ROLE_CHANGE')).toHaveLength(2);
    // The page knows it by the LID only.
    expect((await remote.sent()).find(({ chat }) => chat === ANA.lid)).toMatchObject({
      quotes: message.id,
    });
  });

  test('a late ready, which then comes again', async () => {
    const { remote, state, gateway, sessionChanges } = await openStage({ site: { sync: 'held' } });
    await state('pairing');
    await remote.scan();
    await remote.until('it is linked', ({ socket }) => socket === 'CONNECTED');
    expect(gateway.status().state).toBe('pairing');
    await remote.sync();
    await state('ready');
    await remote.sync();
    await remote.receive({ from: ANA.wid, text: '!help' });
    await remote.sees(({ text }) => text.includes('!role'));
    expect(gateway.status().state).toBe('ready');
    expect(await sessionChanges()).toEqual(['linked']);
  });

  test('a ready that never comes: it starts the page anew, without a new picture', async () => {
    const { site, remote, state, gateway, pairings } = await openStage({
      site: { sync: 'held' },
      patience: { pairMs: 2_000 },
    });
    await state('pairing');
    await remote.scan();
    site.change({ sync: 'at once' });
    const asked = pairings.length;
    await until('it is given up', () => gateway.status().state !== 'pairing');
    await state('ready');
    expect(pairings).toHaveLength(asked);
  });

  test('a picture that nobody scans: it starts the page anew and shows another', async () => {
    const { remote, state, gateway, pairings } = await openStage({ patience: { pairMs: 1_500 } });
    await state('pairing');
    await until('it was given up', () => gateway.status().state !== 'pairing');
    await state('pairing');
    expect(pairings.length).toBeGreaterThan(1);
    await remote.scan();
    await state('ready');
  });

  test('a page that crashed, and the answer that was due comes once it is back', async () => {
    const { remote, state, gateway, bot, pairings } = await openLinked();
    const asked = pairings.length;
    await remote.crashRenderer();
    await until('it is noticed', () => gateway.status().state !== 'ready');
    const sent = gateway.send(ANA.wid, { text: 'after the crash' });
    await sent;
    await state('ready');
    expect((await remote.sent()).filter(({ text }) => text === 'after the crash')).toHaveLength(1);
    expect(pairings).toHaveLength(asked);
    await bot.drained();
  });

  test('a page that hangs: a sign of life that does not come ends it', async () => {
    const { remote, state, gateway } = await openLinked({ patience: { beatMs: 300, answerMs: 1_000 } });
    await remote.freeze();
    await until('it is noticed', () => gateway.status().state !== 'ready');
    await state('ready');
  });

  test('a killed browser: it comes back without a new picture', async () => {
    const { remote, state, gateway, pairings, sessionChanges } = await openLinked();
    const asked = pairings.length;
    await remote.killBrowser();
    await until('it is noticed', () => gateway.status().state !== 'ready');
    await state('ready');
    await remote.receive({ from: ANA.wid, text: '!help' });
    await remote.sees(({ text }) => text.includes('!role'));
    expect(pairings).toHaveLength(asked);
    expect(await sessionChanges()).toEqual(['linked']);
  });

  test('a logout on the phone: that is final, whether the page can be reached or not', async () => {
    for (const isReachable of [true, false]) {
      const { remote, state, gateway, folder, sessionChanges } = await openLinked();
      await remote.logout({ isReachable });
      await state('logged-out');
      expect(gateway.status().detail).toMatch(/stop, start again and link the device anew/);
      await expect(gateway.send(ANA.wid, { text: 'too late' })).rejects.toMatchObject({
        code: 'WHATSAPP_NOT_READY',
      });
      await until('the session is deleted', () => !existsSync(join(folder, 'session')));
      expect(remote.browserPid()).toBeNull();
      expect(await sessionChanges()).toEqual(['linked', 'unlinked']);
    }
  });

  test('a LID that nobody can resolve: a person of their own, asked about once', async () => {
    const { remote } = await openLinked();
    await remote.group(TEAM, { name: 'Team', usesLids: true });
    for (const word of ['list', 'show'])
      await remote.receive({ from: ANA.lid, group: TEAM, text: `!role ${word}` });
    await remote.sees(({ text }) => /You may not run/.test(text));
    expect((await remote.asked()).filter((asked) => asked === ANA.lid)).toHaveLength(1);
  });

  test('a LID of an owner is that owner, until WhatsApp says otherwise', async () => {
    const first = await openLinked();
    await first.remote.setPhoneOf(ANA.lid, ANA.wid);
    await first.remote.receive({ from: ANA.lid, text: `!role promote ${BO.phone}` });
    await first.remote.sees(({ chat, text }) => chat === ANA.lid && /OPERATOR/.test(text));
    await first.remote.setPhoneOf(ANA.lid, BO.wid);
    await first.close();

    const { remote, actions, bot } = await openStage({ after: first });
    await remote.receive({ from: ANA.lid, text: `!role demote ${BO.phone}` });
    await remote.sees(({ chat, text }) => chat === ANA.lid && /may not run/.test(text));
    await bot.drained();
    expect(await actions()).toEqual(expect.arrayContaining(['IDENTITY_LINK_CHANGE', 'PERMISSION_DENIED']));
  });

  test('a chat that is not there: what was for it is known not to have gone out', async () => {
    const { remote, gateway } = await openLinked();
    const nowhere = gateway.send('120363000000000099@g.us', { text: 'to nobody' });
    await expect(nowhere).rejects.toMatchObject({ code: 'NO_SUCH_CHAT' });
    await gateway.send(ANA.wid, { text: 'to Ana' });
    expect(await remote.sent()).toHaveLength(1);
  });

  test('an edit and a revocation of a command: nothing runs, and both are in the record', async () => {
    const { remote, bot, actions } = await openLinked();
    const edited = await remote.receive({ from: ANA.wid, text: 'hello' });
    await remote.edit(edited, `!role promote ${BO.phone}`);
    const revoked = await remote.receive({ from: ANA.wid, text: '!role list' });
    await remote.sees(({ chat }) => chat === ANA.wid);
    await remote.revoke(revoked);
    await remote.receive({ from: ANA.wid, text: '!help' });
    await remote.sees(({ text }) => text.includes('!role'));
    await bot.drained();
    const all = await actions();
    expect(all.filter((action) => action === 'COMMAND_IGNORED')).toHaveLength(2);
    // That of the owner at the start.
    expect(all.filter((action) => action === 'ROLE_CHANGE')).toHaveLength(1);
  });

  test('another account on the same folder: that its number changed is in the record', async () => {
    const first = await openLinked();
    await first.close();
    const account = join(first.folder, 'account.json');
    const known = JSON.parse(readFileSync(account, 'utf8')) as object;
    writeFileSync(account, JSON.stringify({ ...known, phone: '+12025550188' }));
    const { state, sessionChanges } = await openStage({ after: first });
    await state('ready');
    expect(await sessionChanges()).toEqual(['linked', 'own number changed']);
  });

  test('an answer that may have gone out is not sent again', async () => {
    const { remote, gateway, bot, actions } = await openLinked();
    await remote.hang('delivered');
    const sending = gateway.send(ANA.wid, { text: 'once' });
    const outcome = sending.then(
      () => 'sent',
      (error: { code?: string }) => error.code,
    );
    await remote.sees(({ text }) => text === 'once');
    await remote.crashRenderer();
    await until('it is noticed', () => gateway.status().state !== 'ready');
    await until('it is back', () => gateway.status().state === 'ready');
    expect(await outcome).not.toBe('sent');
    expect((await remote.sent()).filter(({ text }) => text === 'once')).toHaveLength(1);
    await bot.drained();
    expect(await actions()).not.toContain('COMMAND_FAILED');
  });
});
