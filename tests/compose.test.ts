import { describe, expect, test } from '@jest/globals';
import { openReeve } from '../src/compose.js';
import { loadConfig } from '../src/config/config.js';
import { tempFolder } from './support/tempFolder.js';

describe('Reeve, opened by a host', () => {
  test.each([['commands'], ['settings']] as const)(
    'refuses %s without a gateway, before it makes anything',
    async (given) => {
      const cwd = tempFolder();
      const config = loadConfig({ cwd, env: { REEVE_DATA_DIR: cwd } });
      await expect(openReeve({ config, [given]: [] })).rejects.toMatchObject({
        code: 'NO_GATEWAY',
        message: expect.stringContaining(given),
      });
    },
  );
});
