import { expect, test } from '@jest/globals';
import { createLog } from '../../src/config/log.js';

test('a line is one JSON object with level, time and words, from the level on that was asked for', () => {
  const lines: string[] = [];
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  log.info('not this');
  log.warn({ tenant: 'acme' }, 'this');
  expect(lines).toHaveLength(1);
  const { time, ...rest } = JSON.parse(lines[0]!);
  expect(rest).toEqual({ level: 40, tenant: 'acme', msg: 'this' });
  expect(new Date(time).toISOString()).toBe(time);
});
