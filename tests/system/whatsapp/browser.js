import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The real browser of the WhatsApp tests: one that this system has, or that can be installed without a question.
 * Plain JavaScript, for Jest's global set-up runs before anything is compiled.
 */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const PLACES = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Where the browser is; null where there is none. */
export function findBrowser(environment = process.env) {
  const configured = environment.REEVE_WHATSAPP_BROWSER;
  if (configured) return configured;
  const onPath = (environment.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...PLACES].find(isProgram) ?? null;
}

/**
 * Installs one where that takes no more than being root on a system with apt. Elsewhere it says nothing: the tests
 * that want a browser do.
 */
export function provideBrowser() {
  if (findBrowser() !== null || !canInstall()) return;
  process.stderr.write('Installing Chromium for the WhatsApp tests…\n');
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    if (spawnSync('apt-get', args, options).status !== 0) return;
  }
}

/** What to do where there is none. */
export const ADVICE =
  'The WhatsApp tests need Chromium or Chrome. Install one (Debian, Ubuntu: apt-get install -y chromium; ' +
  'macOS: brew install --cask chromium), or name one in REEVE_WHATSAPP_BROWSER.';

function canInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get');
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
