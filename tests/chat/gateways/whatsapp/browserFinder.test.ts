import { describe, expect, test } from '@jest/globals';
import {
  findBrowser,
  installLine,
  type System,
} from '../../../../src/chat/gateways/whatsapp/browserFinder.js';
import { UserError } from '../../../../src/config/userError.js';

const system = (more: Partial<System> & { programs?: string[]; release?: string } = {}): System => ({
  platform: 'linux',
  env: { PATH: '/opt/bin:/usr/bin', HOME: '/home/ana' },
  isRoot: false,
  arch: 'x64',
  isProgram: (path) => (more.programs ?? []).includes(path),
  read: (path) => (path === '/etc/os-release' ? (more.release ?? null) : null),
  ...more,
});

const errorOf = (work: () => unknown): UserError => {
  try {
    work();
  } catch (error) {
    return error as UserError;
  }
  throw new Error('it did not throw');
};

describe('the browser', () => {
  test('is the configured one, and no other where that is not there', () => {
    const programs = ['/own/chromium', '/usr/bin/chromium'];
    expect(findBrowser('/own/chromium', system({ programs }))).toBe('/own/chromium');
    const error = errorOf(() => findBrowser('/other/chromium', system({ programs })));
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'NO_BROWSER',
      message: expect.stringContaining('REEVE_WHATSAPP_BROWSER'),
    });
  });

  test('is looked for where each system has it', () => {
    expect(findBrowser(undefined, system({ programs: ['/opt/bin/google-chrome'] }))).toBe(
      '/opt/bin/google-chrome',
    );
    expect(findBrowser(undefined, system({ programs: ['/snap/bin/chromium'] }))).toBe('/snap/bin/chromium');
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(findBrowser(undefined, system({ platform: 'darwin', programs: [mac] }))).toBe(mac);
    const windows = 'C:\\Programs\\Google\\Chrome\\Application\\chrome.exe';
    const env = { PROGRAMFILES: 'C:\\Programs' };
    expect(findBrowser(undefined, system({ platform: 'win32', env, programs: [windows] }))).toBe(windows);
  });

  test('where there is none, the error has the line that installs one on this very system', () => {
    const lines = [
      ['ID=debian', 'sudo apt-get update && sudo apt-get install -y chromium'],
      ['ID=linuxmint\nID_LIKE="ubuntu debian"', /google-chrome-stable_current_amd64\.deb/],
      ['ID=raspbian\nID_LIKE=debian', 'sudo apt-get update && sudo apt-get install -y chromium'],
      ['ID=alpine', 'sudo apk add chromium'],
      ['ID=fedora', 'sudo dnf install -y chromium'],
      ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install -y chromium'],
      ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', 'sudo zypper install -y chromium'],
      ['ID=manjaro\nID_LIKE=arch', 'sudo pacman -S --noconfirm chromium'],
      ['ID=unheard-of', 'REEVE_WHATSAPP_BROWSER=/path/to/chromium'],
    ] as const;
    for (const [release, line] of lines) {
      const error = errorOf(() => findBrowser(undefined, system({ release })));
      expect(error.code).toBe('NO_BROWSER');
      if (typeof line === 'string') expect(error.example).toBe(line);
      else expect(error.example).toMatch(line);
    }
  });

  test('the line fits who runs it and on what', () => {
    expect(installLine(system({ release: 'ID=debian', isRoot: true }))).not.toContain('sudo');
    expect(installLine(system({ release: 'ID=ubuntu', arch: 'arm64' }))).toBe('sudo snap install chromium');
    expect(installLine(system({ platform: 'darwin' }))).toMatch(/^brew /);
    expect(installLine(system({ platform: 'win32' }))).toMatch(/^winget /);
  });
});
