import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { freshSqlite } from '../../support/databases.js';
import { environmentAt, newPlace, type Place, readEntries } from '../place.js';
import { PROGRAM, reeve, verify } from '../reeve.js';
import { until } from '../until.js';
import { describeWithBrowser } from './describeWithBrowser.js';
import { browserPath, openSite, type Site, type SiteOptions } from './site.js';
import { ANA, BO, REACHABLE, TEAM } from './stage.js';

/** The bot as its operator starts it, on WhatsApp: one process, seen from outside only. */

const running = new Set<ChildProcessWithoutNullStreams>();
const sites = new Set<Site>();

interface Said {
  readonly event: string;
  readonly qr?: string;
  readonly code?: string;
  readonly state?: string;
}

async function start(place: Place, site: Site, more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PROGRAM, 'start', '--json'], {
    cwd: tmpdir(),
    env: environmentAt(place, {
      REEVE_GATEWAY: 'whatsapp',
      REEVE_OWNERS: ANA.phone,
      REEVE_WHATSAPP_BROWSER: browserPath(),
      REEVE_WHATSAPP_BROWSER_ARGS: REACHABLE.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' '),
      REEVE_WHATSAPP_PAGE: join(site.folder, `${site.version}.html`),
      ...more,
    }),
  });
  running.add(child);
  const seen = { text: '', errors: '' };
  child.stdout.on('data', (text) => {
    seen.text += text;
  });
  child.stderr.on('data', (text) => {
    seen.errors += text;
  });
  const said = () =>
    seen.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Said);
  const profile = join(place.dataDir, 'whatsapp', 'session');
  return {
    child,
    seen,
    said,
    profile,
    remote: site.remote({ profile }),
    says: (what: string, holds: (one: Said) => boolean) =>
      until(`the process says ${what}`, () => said().some(holds)),
    /** How often it was ready so far. */
    readies: () => said().filter(({ event, state }) => event === 'connection' && state === 'ready').length,
    ended: once(child, 'close') as Promise<[number | null, string | null]>,
  };
}

const newSite = (options: SiteOptions = {}): Site => {
  const site = openSite({ shape: '2026-09', ...options });
  sites.add(site);
  return site;
};

const exportAt = async (place: Place): Promise<string> =>
  (await reeve(place, ['export', '--format', 'csv'])).stdout;

/** The processes of this system whose command line names that folder. */
function processesOn(folder: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

describeWithBrowser('the process on WhatsApp', () => {
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    for (const site of sites) await site.close();
    sites.clear();
  });

  test('from the picture to the end: an owner by a LID in a group, files to the byte, exit 0 and no browser left', async () => {
    const place = await newPlace(freshSqlite);
    const { child, says, remote, profile, seen, ended } = await start(place, newSite());
    await says('a picture', ({ event, qr }) => event === 'pairing' && (qr ?? '').length > 40);
    await remote.scan();
    await says('ready', ({ event, state }) => event === 'connection' && state === 'ready');

    await remote.group(TEAM, { name: 'Team', usesLids: true });
    await remote.setPhoneOf(ANA.lid, ANA.wid);
    const id = await remote.receive({ from: ANA.lid, group: TEAM, text: `!role promote ${BO.phone}` });
    const reply = await remote.sees(({ chat, text }) => chat === TEAM && /is now \*OPERATOR\*/.test(text));
    expect(reply.quotes).toBe(id);

    await remote.receive({ from: ANA.wid, text: '!audit export csv' });
    const { media: csv } = await remote.sees(({ kind }) => kind === 'document');
    expect(csv).toMatchObject({ name: expect.stringMatching(/\.csv$/), mime: 'text/csv' });
    // To the byte: what the command line exports, newest first, and with the mark that spreadsheets look for.
    const [header, ...rows] = (await exportAt(place)).trimEnd().split('\r\n');
    const written = csv!.bytes.toString('utf8').trimEnd().split('\r\n').length - 1;
    const expected = [header, ...rows.slice(0, written).reverse()].map((line) => `${line}\r\n`).join('');
    expect(csv!.bytes.equals(Buffer.from(`\ufeff${expected}`))).toBe(true);
    expect(written).toBeGreaterThan(2);

    await remote.receive({ from: ANA.wid, text: '!audit stats' });
    const { media: picture } = await remote.sees(({ kind }) => kind === 'image');
    expect(picture!.bytes.subarray(0, 8)).toEqual(Buffer.from('89504e470d0a1a0a', 'hex'));

    await remote.close();
    const asked = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(processesOn(profile)).toEqual([]);
    expect(seen.errors).toBe('');
    expect(await verify(place)).toMatchObject({ verdict: 'intact', status: 0 });
  });

  test('a killed browser: no new picture, nothing acknowledged lost, no command run twice', async () => {
    const place = await newPlace(freshSqlite);
    const run = await start(place, newSite());
    const { child, says, remote, readies, said, ended } = run;
    await says('a picture', ({ event }) => event === 'pairing');
    await remote.scan();
    await until('it is ready', () => readies() === 1);
    const pictures = said().filter(({ event }) => event === 'pairing').length;
    const phones = Array.from({ length: 6 }, (_, index) => `+1202555012${index}`);
    const messages = phones.map((phone, index) => ({
      from: ANA.wid,
      text: `!role promote ${phone}`,
      id: `3EB0AA${index}`,
    }));
    for (const message of messages) await remote.receive(message);
    await remote.sees(({ chat }) => chat === ANA.wid);
    await remote.killBrowser();
    await until('it is ready again', () => readies() === 2);
    // What the site delivers again after a new start is known.
    for (const message of messages) await remote.receive(message);
    await remote.receive({ from: ANA.wid, text: '!role list' });
    await remote.sees(({ text }) => phones.every((phone) => text.includes(phone)));
    expect(said().filter(({ event }) => event === 'pairing')).toHaveLength(pictures);

    await remote.close();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const changes = (await readEntries(place)).filter(({ action }) => action === 'ROLE_CHANGE');
    // One more for the owner from the start.
    expect(changes).toHaveLength(phones.length + 1);
    expect(await verify(place)).toMatchObject({ verdict: 'intact' });
  });

  test('a killed process takes its browser with it, and the next one goes on without a picture', async () => {
    const place = await newPlace(freshSqlite);
    const site = newSite();
    const first = await start(place, site);
    await first.says('a picture', ({ event }) => event === 'pairing');
    await first.remote.scan();
    await until('it is ready', () => first.readies() === 1);
    await first.remote.close();
    first.child.kill('SIGKILL');
    await first.ended;
    await until('its browser is gone', () => processesOn(first.profile).length === 0);

    const second = await start(place, site);
    await until('the next one is ready', () => second.readies() === 1);
    expect(second.said().some(({ event }) => event === 'pairing')).toBe(false);

    const third = await start(place, site);
    expect(await third.ended).toEqual([2, null]);
    expect(third.seen.errors).toMatch(new RegExp(`in use by process ${second.child.pid} on `));
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual([0, null]);
  });

  test('a logout on the phone while the page is out of reach: it says so, and lives until it is stopped', async () => {
    const place = await newPlace(freshSqlite);
    const { child, says, remote, seen, ended } = await start(place, newSite(), { REEVE_LOG_LEVEL: 'error' });
    await says('a picture', ({ event }) => event === 'pairing');
    await remote.scan();
    await says('ready', ({ state }) => state === 'ready');
    await remote.logout({ isReachable: false });
    await says('that it is over', ({ state }) => state === 'logged-out');
    expect(seen.errors).toMatch(/the phone has logged this device out; stop, start again/);
    await remote.close();
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const changes = (await readEntries(place)).filter(({ action }) => action === 'SESSION_CHANGE');
    expect(changes.map(({ metadata }) => JSON.parse(metadata!).change)).toEqual(['linked', 'unlinked']);
  });

  test('a phone to pair with: a code is shown in place of a picture', async () => {
    const place = await newPlace(freshSqlite);
    const more = { REEVE_WHATSAPP_PAIR_WITH: '+12025550199' };
    const { child, says, remote, said, ended } = await start(place, newSite(), more);
    await says('a code', ({ event, code }) => event === 'pairing' && code === 'REEV2345');
    expect(said().some(({ qr }) => qr !== undefined)).toBe(false);
    await remote.scan();
    await says('ready', ({ state }) => state === 'ready');
    await remote.close();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  test('stopped before anybody has scanned, it ends as well', async () => {
    const place = await newPlace(freshSqlite);
    const { child, says, profile, ended } = await start(place, newSite());
    await says('a picture', ({ event }) => event === 'pairing');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(processesOn(profile)).toEqual([]);
  });
});

test('without a browser it says which line installs one, and ends', async () => {
  const place = await newPlace(freshSqlite);
  const child = spawn(process.execPath, [PROGRAM, 'start'], {
    cwd: tmpdir(),
    env: environmentAt(place, {
      REEVE_GATEWAY: 'whatsapp',
      REEVE_OWNERS: ANA.phone,
      REEVE_WHATSAPP_BROWSER: '/nowhere/chromium',
    }),
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [status] = await once(child, 'close');
  expect(status).toBe(2);
  expect(stderr).toMatch(/names no program[\s\S]*install/);
});
