import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config/config.js';
import { envExampleDrift, renderEnvExample } from '../../src/config/envExample.js';
import { VARIABLE_NAMES } from '../../src/config/variables.js';

function load(files: Record<string, string>) {
  const cwd = mkdtempSync(join(tmpdir(), 'reeve-example-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    return { ...loadConfig({ env: {}, cwd }), cwd };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

test('every variable stands there once, commented out', () => {
  const names = [...renderEnvExample().matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
  expect(names).toEqual(VARIABLE_NAMES);
});

test('as it is it changes nothing', () => {
  const { cwd: _, ...copied } = load({ '.env': renderEnvExample() });
  const { cwd: __, ...bare } = load({});
  expect(copied.retention).toEqual(bare.retention);
  expect(copied.warnings).toEqual([]);
});

test('with every "#" taken away it is still accepted', () => {
  const text = renderEnvExample().replace(/^#(?=[A-Z_]+=)/gm, '');
  const config = load({ '.env': text, 'signing-key.pem': '' });
  expect(config.retention.cron).toBe('30 3 * * *');
  expect(config.archive.dir).toBe(join(config.cwd, 'archive'));
});

test('drift is told by its first line', () => {
  const text = renderEnvExample();
  expect(envExampleDrift(text)).toBeNull();
  expect(envExampleDrift(text.replace('#REEVE_PREFIX=!', '#REEVE_PREFIX=?'))).toMatch(
    /^line \d+ is "#REEVE_PREFIX=\?" and should be "#REEVE_PREFIX=!"$/,
  );
  expect(envExampleDrift(text.trimEnd())).toContain('is absent and should be ""');
});
