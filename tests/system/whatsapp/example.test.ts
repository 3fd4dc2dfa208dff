import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { freshSqlite } from '../../support/databases.js';
import { tempFolder } from '../../support/tempFolder.js';
import { environmentAt, newPlace } from '../place.js';
import { verify } from '../reeve.js';
import { until } from '../until.js';
import { describeWithBrowser } from './describeWithBrowser.js';
import { browserPath, openSite, type Site } from './site.js';
import { ANA, BO, REACHABLE } from './stage.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/whatsapp/bot.js', import.meta.url));

describeWithBrowser("the example of a host's own client", () => {
  const clean: (() => unknown)[] = [];
  afterEach(async () => {
    for (const each of clean.splice(0).reverse()) await each();
  });

  test('the old bot answers as before, and beside it there are commands, roles and a record', async () => {
    const site: Site = openSite({ shape: '2026-09' });
    clean.push(() => site.close());
    const place = await newPlace(freshSqlite);
    const cwd = tempFolder();
    const options = {
      webVersion: site.version,
      webVersionCache: { type: 'local', path: site.folder, strict: true },
      puppeteer: {
        executablePath: browserPath(),
        args: REACHABLE,
        pipe: true,
        handleSIGTERM: false,
      },
    };
    const env = environmentAt(place, {
      REEVE_OWNERS: ANA.phone,
      CLIENT_OPTIONS: JSON.stringify(options),
    });
    const child = spawn(process.execPath, [EXAMPLE], { cwd, env });
    clean.push(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    const ended = once(child, 'close');
    const remote = site.remote({ profile: join(cwd, '.wwebjs_auth', 'session') });
    await until('there is a picture', () => said.includes('qr '));
    await remote.scan();
    await until('it is ready', () => said.includes('ready'));

    await remote.receive({ from: BO.wid, text: 'ping' });
    await remote.sees(({ chat, text }) => chat === BO.wid && text === 'pong');
    await remote.receive({ from: ANA.wid, text: `!role promote ${BO.phone}` });
    await remote.sees(({ chat, text }) => chat === ANA.wid && /\*OPERATOR\*/.test(text));
    await remote.receive({ from: ANA.wid, text: '!audit export csv' });
    const { media } = await remote.sees(({ kind }) => kind === 'document');
    expect(media!.bytes.toString('utf8')).toMatch(/ROLE_CHANGE/);
    await remote.close();

    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await verify(place)).toMatchObject({ verdict: 'intact' });
  });
});
