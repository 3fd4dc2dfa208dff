import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { UserError } from '../../../config/userError.js';

/** The system, as far as the search looks at it. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly arch: string;
  isProgram(path: string): boolean;
  /** Null where it cannot be read. */
  read(path: string): string | null;
}

export const thisSystem: System = {
  platform: process.platform,
  env: process.env,
  isRoot: process.getuid?.() === 0,
  arch: process.arch,
  isProgram: (path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  },
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
};

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const MAC = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];

const WINDOWS = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe'];

/**
 * Chromium or Chrome: where the configuration says, else where systems put it. Nothing is ever downloaded. Where
 * there is none, the error has the one line that installs one here.
 */
export function findBrowser(configured: string | undefined, system: System = thisSystem): string {
  if (configured !== undefined) {
    if (system.isProgram(configured)) return configured;
    throw new UserError({
      code: 'NO_BROWSER',
      message: 'REEVE_WHATSAPP_BROWSER names no program that is there and may be run.',
      hint: 'Leave it out, and Chromium or Chrome is looked for on the system. To install one:',
      example: installLine(system),
    });
  }
  const found = candidates(system).find((path) => system.isProgram(path));
  if (found !== undefined) return found;
  throw new UserError({
    code: 'NO_BROWSER',
    message: 'WhatsApp needs Chromium or Chrome, and there is none on this system.',
    hint: 'Install one and start again. If there is one in an unusual place, name it in REEVE_WHATSAPP_BROWSER.',
    example: installLine(system),
  });
}

function candidates({ platform, env }: System): string[] {
  if (platform === 'darwin')
    return ['/Applications', `${env.HOME ?? ''}/Applications`].flatMap((folder) =>
      MAC.map((path) => `${folder}/${path}`),
    );
  if (platform === 'win32')
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((folder) =>
      folder === undefined ? [] : WINDOWS.map((path) => win32.join(folder, path)),
    );
  const folders = [...(env.PATH ?? '').split(':'), '/usr/bin', '/usr/local/bin', '/snap/bin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .flatMap((folder) => NAMES.map((name) => posix.join(folder, name)));
}

const CHROME_DEB = 'google-chrome-stable_current_amd64.deb';

/** By the names that systems give themselves in /etc/os-release. */
const LINES: readonly (readonly [system: RegExp, line: (sudo: string, arch: string) => string])[] = [
  [
    // Ubuntu's own package is a snap, which may not read a profile outside of the home folder.
    /\bubuntu\b/,
    (sudo, arch) =>
      arch === 'x64'
        ? `curl -fsSLO https://dl.google.com/linux/direct/${CHROME_DEB} && ${sudo}apt-get install -y ./${CHROME_DEB}`
        : `${sudo}snap install chromium`,
  ],
  [/\bdebian\b/, (sudo) => `${sudo}apt-get update && ${sudo}apt-get install -y chromium`],
  [/\balpine\b/, (sudo) => `${sudo}apk add chromium`],
  [/\barch\b/, (sudo) => `${sudo}pacman -S --noconfirm chromium`],
  [/\bsuse\b/, (sudo) => `${sudo}zypper install -y chromium`],
  [/\b(?:fedora|rhel|centos)\b/, (sudo) => `${sudo}dnf install -y chromium`],
];

/** The line that installs a browser on this system. */
export function installLine({ platform, isRoot, arch, read }: System): string {
  if (platform === 'darwin') return 'brew install --cask google-chrome';
  if (platform === 'win32') return 'winget install Google.Chrome';
  const release = read('/etc/os-release') ?? '';
  // ID first: a system that is like another one may still differ from it.
  const own = /^ID="?([^"\n]*)/m.exec(release)?.[1] ?? '';
  const like = /^ID_LIKE="?([^"\n]*)/m.exec(release)?.[1] ?? '';
  const sudo = isRoot ? '' : 'sudo ';
  for (const name of [own, like]) {
    const line = LINES.find(([system]) => system.test(name))?.[1];
    if (line !== undefined) return line(sudo, arch);
  }
  return 'REEVE_WHATSAPP_BROWSER=/path/to/chromium';
}
