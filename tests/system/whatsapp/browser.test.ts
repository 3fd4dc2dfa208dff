import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { tempFolder } from '../../support/tempFolder.js';
import { findBrowser, provideBrowser } from './browser.js';
import { describeWithBrowser } from './describeWithBrowser.js';

const { PATH, CI, REEVE_WHATSAPP_BROWSER } = process.env;
afterEach(() => {
  jest.restoreAllMocks();
  for (const [name, value] of Object.entries({ PATH, CI, REEVE_WHATSAPP_BROWSER })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function program(folder: string, name: string, script = '#!/bin/sh\n'): string {
  const path = join(folder, name);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** An apt-get that notes what it was asked, and brings a browser. */
function aptIn(folder: string): string {
  return program(
    folder,
    'apt-get',
    `#!/bin/sh\necho "$@" >> ${folder}/asked\n/bin/cp "$0" ${folder}/chromium\n`,
  );
}

test('a browser that is named goes before one on the search path', () => {
  const folder = tempFolder();
  const chromium = program(folder, 'chromium');
  writeFileSync(join(folder, 'google-chrome'), 'no program');
  expect(findBrowser({ PATH: `/nowhere:${folder}` })).toBe(chromium);
  expect(findBrowser({ PATH: folder, REEVE_WHATSAPP_BROWSER: '/opt/mine' })).toBe('/opt/mine');
});

test('root on a system with apt gets one installed, once', () => {
  const folder = tempFolder();
  aptIn(folder);
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const environment = { PATH: folder };
  provideBrowser({ environment, isRoot: true });
  expect(findBrowser(environment)).toBe(join(folder, 'chromium'));
  provideBrowser({ environment, isRoot: true });
  expect(said).toHaveBeenCalledTimes(1);
});

test('nobody else does, and where one is there nothing is asked', () => {
  const folder = tempFolder();
  aptIn(folder);
  provideBrowser({ environment: { PATH: folder }, isRoot: false });
  program(folder, 'google-chrome');
  provideBrowser({ environment: { PATH: folder }, isRoot: true });
  provideBrowser({ environment: { PATH: '' }, isRoot: true });
  expect(existsSync(join(folder, 'asked'))).toBe(false);
});

test("puppeteer's installation downloads nothing here", () => {
  const cache = tempFolder();
  const script = createRequire(import.meta.url).resolve('puppeteer/install.mjs');
  const { status, stdout } = spawnSync(process.execPath, [script], {
    // As npm runs it.
    cwd: dirname(script),
    // Where it would keep it; and nobody is there to give it one.
    env: { PATH, PUPPETEER_CACHE_DIR: cache, HTTPS_PROXY: 'http://127.0.0.1:9', npm_config_loglevel: 'info' },
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect([status, readdirSync(cache)]).toEqual([0, []]);
  expect(stdout).toMatch(/skipping/i);
});

test('with CI=true a missing browser fails, and says what to install', () => {
  // Where a browser stands in one of the fixed places it cannot be missed.
  if (findBrowser({ PATH: '' }) !== null) return;
  process.env.PATH = tempFolder();
  delete process.env.REEVE_WHATSAPP_BROWSER;
  process.env.CI = 'true';
  expect(() => describeWithBrowser('any', () => undefined)).toThrow(/apt-get install -y chromium/);
});
