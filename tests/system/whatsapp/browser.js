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

/** What to do where there is none. */
export const ADVICE =
  'The WhatsApp tests need Chromium or Chrome. Install one (Debian, Ubuntu: apt-get install -y chromium; ' +
  'macOS: brew install --cask chromium), or name one in REEVE_WHATSAPP_BROWSER.';

/** Where the browser is; null where there is none. */
export function findBrowser(environment = process.env) {
  return environment.REEVE_WHATSAPP_BROWSER || onPath(NAMES, environment) || PLACES.find(isProgram) || null;
}

/**
 * Installs one where that takes no more than being root on a system with apt. Elsewhere it says nothing: the tests
 * that want a browser do.
 */
export function provideBrowser({ environment = process.env, isRoot = process.getuid?.() === 0 } = {}) {
  const apt = onPath(['apt-get'], environment);
  if (findBrowser(environment) !== null || !isRoot || apt === undefined) return;
  process.stderr.write('Installing Chromium for the WhatsApp tests…\n');
  const env = { ...environment, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    if (spawnSync(apt, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status !== 0) return;
  }
}

function onPath(names, { PATH = '' }) {
  const folders = PATH.split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
