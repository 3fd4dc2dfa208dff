import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const EVENTS = [
  {
    action: 'ROLE_CHANGE',
    actorPhone: '+12025550100',
    entityId: '+12025550101',
    description: '+12025550100 made +12025550101 ADMIN (was USER)',
    before: { role: 'USER' },
    after: { role: 'ADMIN' },
  },
  {
    action: 'CONFIG_CHANGE',
    actorPhone: '+12025550101',
    entityId: 'prefix',
    description: 'The setting prefix was changed',
    before: { prefix: '!' },
    after: { prefix: '/' },
  },
  {
    action: 'PERMISSION_DENIED',
    actorPhone: '+12025550102',
    outcome: 'denied',
    entityId: 'role.promote',
    description: 'role.promote was refused to +12025550102',
  },
];

const BLAME = `UPDATE AuditLog SET actorPhone = '+12025550109' WHERE seq = 1`;

/** Plays the session in a folder of its own and returns its lines: `{ kind, text }`. */
export function runSession(root) {
  const folder = mkdtempSync(join(tmpdir(), 'reeve-picture-'));
  const lines = [];
  const say = (kind, text) => {
    for (const line of text.replace(/\n$/, '').split('\n')) lines.push({ kind, text: line });
  };
  const reeve = (typed, args, input = '') => {
    say('shell', typed);
    say('output', runReeve(root, folder, args, input));
  };
  const sql = (statement) => {
    say('sql', statement);
    const answer = runSql(join(folder, 'data', 'reeve.db'), statement);
    if (answer !== '') say('output', answer);
  };
  try {
    reeve(
      'reeve record < events.ndjson',
      ['record'],
      EVENTS.map((event) => JSON.stringify(event)).join('\n'),
    );
    reeve('reeve query', ['query']);
    reeve('reeve verify', ['verify']);
    say('remark', '# Somebody who can write to the database wants another to be blamed for #1.');
    sql(BLAME);
    sql('DROP TRIGGER AuditLog_update_guard');
    sql(BLAME);
    reeve('reeve verify', ['verify']);
    return lines;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runReeve(root, cwd, args, input) {
  const env = { PATH: process.env.PATH, HOME: cwd, REEVE_TIMEZONE: 'UTC' };
  const options = { cwd, env, input, encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin', 'reeve.js'), ...args],
    options,
  );
  if (status !== 0 && status !== 1)
    throw new Error(`reeve ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

function runSql(path, statement) {
  const database = new Database(path);
  try {
    const { changes } = database.prepare(statement).run();
    return statement.startsWith('UPDATE') ? `${changes} row changed` : '';
  } catch (error) {
    return error.message;
  } finally {
    database.close();
  }
}
