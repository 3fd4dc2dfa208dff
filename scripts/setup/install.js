import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readIfThere } from './sources.js';
import { mark, readStamp, unmark } from './stamp.js';

/** npm's own account of what it installed; written by it when it is done. */
const installedLock = (root) => join(root, 'node_modules', '.package-lock.json');

export function isInstalled({ root, installKey }) {
  const { install: key, installedAt } = readStamp(root);
  return key === installKey && installedAt === timeOf(installedLock(root));
}

/** Installs the packages, unless somebody has done so by hand. */
export async function install({ root, hasLock, installKey }, progress) {
  const loadDriver = [process.execPath, '-e', LOAD_DRIVER, join(root, 'node_modules', 'better-sqlite3')];
  const loads = () => progress.quietly(loadDriver, { cwd: root });
  if (!(matchesLock(root) && (await loads()))) {
    unmark(root, 'install');
    await progress.step(
      'Installing packages (the SQLite driver may take a minute to compile)',
      async (run) => {
        await runNpm(run, root, hasLock);
        await run(loadDriver, {
          cwd: root,
          advice:
            'The SQLite driver was installed and cannot be loaded. Are install scripts switched off (npm config get ignore-scripts)?',
        });
      },
    );
  }
  // npm may have been used by hand since, so the time of its account counts as well.
  mark(root, 'installedAt', timeOf(installedLock(root)));
  mark(root, 'install', installKey);
}

/** Exactly what the lock file says, where it can be had. */
async function runNpm(run, root, hasLock) {
  const options = {
    cwd: root,
    env: npmEnvironment(),
    advice: 'Is the npm registry within reach? Compiling takes make, a C++ compiler and Python.',
  };
  const common = ['--include=dev', '--no-audit', '--no-fund', '--no-progress'];
  if (!hasLock) return run([...npm(), 'install', ...common], options);
  try {
    await run([...npm(), 'ci', ...common], options);
  } catch (error) {
    // npm's code for a lock file that does not fit: it was edited, or written without another platform's packages.
    if (!/\bEUSAGE\b/.test(error.message)) throw error;
    await run([...npm(), 'install', '--no-save', ...common], options);
  }
}

/** Opens a database in memory; a project without the driver needs none. */
const LOAD_DRIVER = `
  const { existsSync } = require('node:fs');
  const path = process.argv[1];
  if (existsSync(path)) new (require(path))(':memory:').close();
`;

/** Whether what npm says it installed is what the lock file asks for. */
function matchesLock(root) {
  const wanted = readIfThere(join(root, 'package-lock.json'));
  const found = readIfThere(installedLock(root));
  if (wanted === null || found === null) return false;
  const installed = JSON.parse(found).packages ?? {};
  return Object.entries(JSON.parse(wanted).packages ?? {}).every(([path, entry]) => {
    // What is optional may be for another platform.
    if (path === '' || entry.optional || entry.devOptional) return true;
    return installed[path]?.version === entry.version && existsSync(join(root, path));
  });
}

/** The npm that called us, else the one on the path. */
function npm() {
  const caller = process.env.npm_execpath;
  if (caller !== undefined && basename(caller) === 'npm-cli.js') return [process.execPath, caller];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/** `npm pack --dry-run` or `--json` hands its options down to us; they are not meant for an installation. */
function npmEnvironment() {
  const {
    npm_config_dry_run: _dry,
    npm_config_json: _json,
    npm_config_global: _global,
    ...env
  } = process.env;
  return env;
}

function timeOf(path) {
  return existsSync(path) ? statSync(path).mtimeMs : null;
}
