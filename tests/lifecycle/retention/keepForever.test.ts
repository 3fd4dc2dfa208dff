import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openReeve } from '../../../src/compose.js';
import { Desk } from '../../cli/commandLine.js';
import { tempFolder } from '../../support/tempFolder.js';

const WARNING = 'AUDIT_LOG_RETENTION_KEEP_FOREVER=true: no entry is ever deleted for its age.';

const before = { cwd: process.cwd(), env: process.env };
beforeEach(() => {
  process.chdir(tempFolder());
  process.env = {};
});
afterEach(() => {
  process.chdir(before.cwd);
  process.env = before.env;
});

test('that nothing is ever deleted is a warning of every start, however little is logged', async () => {
  const desk = new Desk({ AUDIT_LOG_RETENTION_KEEP_FOREVER: 'true', REEVE_LOG_LEVEL: 'silent' });
  const starting = desk.reeve(['start']);
  while (!existsSync(join(desk.dataDir, 'keys.txt')))
    await new Promise<void>((resolve) => setImmediate(resolve));
  desk.signal('SIGTERM');
  const { status, stdout, stderr } = await starting;
  expect([status, stderr]).toEqual([0, `Warning: ${WARNING}\n`]);
  expect(stdout).toMatch(/^Retention: +everything is kept for ever$/m);
});

test('a host that leaves the configuration to Reeve finds it in the log', async () => {
  process.env.REEVE_DATA_DIR = tempFolder();
  process.env.AUDIT_LOG_RETENTION_KEEP_FOREVER = 'true';
  const logged: { level: number; msg: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void logged.push(JSON.parse(line)) });
  const reeve = await openReeve({ log });
  await reeve.close();
  expect(logged).toMatchObject([{ level: 40, msg: WARNING }]);
});
