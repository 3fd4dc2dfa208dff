import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Config, loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/configError.js';
import { UserError } from '../../src/config/userError.js';
import { VARIABLE_NAMES, type VariableName, variableNamed } from '../../src/config/variables.js';
import { isInstanceName, isTenantName } from '../../src/ledger/names.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'reeve-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const load = (env: Record<string, string | undefined> = {}): Config => loadConfig({ env, cwd });

function refusal(env: Record<string, string | undefined>): ConfigError {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** The one problem, as "NAME: what". */
function problem(env: Record<string, string>): string {
  const { problems } = refusal(env);
  expect(problems).toHaveLength(1);
  return `${problems[0]!.subject}: ${problems[0]!.problem}`;
}

describe('with nothing set', () => {
  test('everything has its default, and all data lies in ./data', () => {
    expect(load()).toEqual({
      databaseUrl: `file:${cwd}/data/reeve.db`,
      database: { kind: 'sqlite', path: join(cwd, 'data', 'reeve.db') },
      databaseLabel: `file:${cwd}/data/reeve.db`,
      dataDir: join(cwd, 'data'),
      instance: 'default',
      tenant: 'default',
      signingKey: undefined,
      timeZone: expect.any(String),
      country: undefined,
      owners: [],
      prefix: '!',
      gateway: 'console',
      logLevel: 'info',
      retention: { days: 90, keepForever: false, cron: '30 3 * * *' },
      archive: { dir: undefined, days: 2555 },
      mirrorDir: undefined,
      batch: { max: 500, waitMs: 0 },
      blockMaxMs: 2000,
      spoolMaxBytes: 256 * 1024 * 1024,
      entryMaxBytes: 16384,
      whatsapp: { pairWith: undefined, browser: undefined, browserArgs: [], page: undefined, shim: true },
      llm: {
        baseUrl: undefined,
        model: undefined,
        apiKey: undefined,
        prompt: undefined,
        prices: new Map(),
        currency: 'USD',
      },
      moderation: { rules: undefined, endpoint: false, model: undefined, onFailure: 'closed' },
      warnings: [],
    });
  });

  test('an empty value is the same as none', () => {
    const empty = Object.fromEntries([...VARIABLE_NAMES, 'REEVE_NO_SUCH'].map((name) => [name, '']));
    expect(load(empty)).toEqual(load());
  });
});

test('the assistant: prices in millionths, and a prompt as text or as a file', () => {
  const set = { REEVE_LLM_PRICES: 'a/b:c=0.15/0.6, d=2/10.000001', REEVE_LLM_CURRENCY: 'eur' };
  expect(load({ ...set, REEVE_LLM_PROMPT: 'Be brief.' }).llm).toMatchObject({
    prices: new Map([
      ['a/b:c', { input: 150_000, output: 600_000 }],
      ['d', { input: 2_000_000, output: 10_000_001 }],
    ]),
    currency: 'EUR',
    prompt: { text: 'Be brief.' },
  });
  expect(load({ REEVE_LLM_PROMPT: '@prompt.txt' }).llm.prompt).toEqual({ file: join(cwd, 'prompt.txt') });
});

test('the example of every variable is accepted', () => {
  writeFileSync(join(cwd, 'signing-key.pem'), '');
  const examples = Object.fromEntries(VARIABLE_NAMES.map((name) => [name, variableNamed(name).example]));
  const config = load({ ...examples, AUDIT_LOG_RETENTION_KEEP_FOREVER: 'false' });
  expect(config.warnings).toEqual([]);
  expect(config).toMatchObject({
    database: { kind: 'postgresql' },
    signingKey: join(cwd, 'signing-key.pem'),
    owners: ['+12025550100', '+12025550101'],
    archive: { dir: join(cwd, 'archive') },
    mirrorDir: join(cwd, 'mirror'),
    spoolMaxBytes: 64 * 1024 * 1024,
  });
});

describe('where data lies', () => {
  test.each([
    ['file:./sub/ledger.db', 'sub/ledger.db', 'sub'],
    ['file:ledger.db', 'ledger.db', ''],
  ])('%s is relative to the working directory, with the data beside it', (url, path, folder) => {
    const config = load({ DATABASE_URL: url });
    expect(config.database).toEqual({ kind: 'sqlite', path: join(cwd, path) });
    expect(config.databaseUrl).toBe(`file:${join(cwd, path)}`);
    expect(config.dataDir).toBe(join(cwd, folder));
  });

  test.each(['file:/srv/reeve/a.db', 'file:///srv/reeve/a.db'])('%s is absolute', (url) => {
    expect(load({ DATABASE_URL: url }).database).toEqual({ kind: 'sqlite', path: '/srv/reeve/a.db' });
  });

  test('a data directory holds the database, unless that is named too', () => {
    expect(load({ REEVE_DATA_DIR: 'here' }).database).toEqual({
      kind: 'sqlite',
      path: join(cwd, 'here', 'reeve.db'),
    });
    const both = load({ REEVE_DATA_DIR: 'here', DATABASE_URL: 'file:there/a.db' });
    expect(both.dataDir).toBe(join(cwd, 'here'));
    expect(both.database).toEqual({ kind: 'sqlite', path: join(cwd, 'there', 'a.db') });
  });

  test.each(['postgresql', 'postgres'])('with %s the data directory is ./data', (scheme) => {
    const url = `${scheme}://reeve:pass%40word@db.example:5433/records?sslmode=require`;
    const config = load({ DATABASE_URL: url });
    expect(config.database).toEqual({ kind: 'postgresql', url });
    expect(config.databaseUrl).toBe(url);
    expect(config.databaseLabel).toBe('postgresql://db.example:5433/records');
    expect(config.dataDir).toBe(join(cwd, 'data'));
  });

  test('Prisma’s parameter schema may say what is so anyway', () => {
    const url = 'postgresql://reeve@db.example/records?sslmode=require&schema=public';
    expect(load({ DATABASE_URL: url }).database).toEqual({ kind: 'postgresql', url });
  });

  test('a socket is named in the label', () => {
    const config = load({ DATABASE_URL: 'postgresql:///records?host=/run/postgresql&password=hunter2' });
    expect(config.databaseLabel).toBe('postgresql:///run/postgresql/records');
  });
});

describe('a DATABASE_URL that is refused', () => {
  test.each([
    ['reeve.db', 'it does not begin with "file:" or "postgresql:"'],
    ['mysql://hunter2@h/d', 'it names a kind of database that is not known here'],
    ['file:', 'it names no file'],
    ['file::memory:', 'a database in memory would not outlive the process'],
    ['file:./a.db?connection_limit=1', 'a file takes no parameters after "?"'],
    ['file:./data/', 'it names a folder'],
    ['file://a.db', 'after "file://" it names a host; write file:PATH or file:///PATH'],
    ['file:~/a.db', '"~" does not stand for the home directory here'],
    ['postgresql:h/d', 'after the scheme comes "//"'],
    ['postgresql://u:hunter2@h', 'it names no database after the host'],
    [
      'postgresql://u:hunter2@h/d?schema=bot',
      'its parameter "schema" may only be public, where Reeve keeps its tables',
    ],
    [
      'postgresql://u:hunter2@h/d?schema=public&schema=',
      'its parameter "schema" may only be public, where Reeve keeps its tables',
    ],
  ])('%s', (url, words) => {
    expect(problem({ DATABASE_URL: url })).toBe(`DATABASE_URL: ${words}`);
  });

  test.each([
    'postgresql://u:hun#ter2@h/d',
    'postgresql://u:1#hunter2@h/d',
    'postgresql://u:hun@ter2/x@h/d',
    'postgresql://u:hun%zzter2@h/d',
    'postgresql://u:p@h1:hunter2/d',
  ])('%s teaches how a password is written, and does not show it', (url) => {
    const error = refusal({ DATABASE_URL: url });
    expect(error.message).toContain('in a password "@", "/", "?", "#" and "%" are written %40');
    expect(error.message).not.toMatch(/hun|ter2/);
  });
});

describe('a bad value is named with its problem, the rule and an example', () => {
  const cases: [VariableName, string, string][] = [
    ['REEVE_TENANT', 'Acme', '"Acme" does not begin with a-z or 0-9'],
    ['REEVE_TENANT', 'acme corp', '"acme corp" holds " "'],
    ['REEVE_TENANT', 'a12025550100', 'it holds a run of six digits, as a phone number would'],
    ['REEVE_INSTANCE', 'a'.repeat(64), 'it is 64 characters long'],
    ['REEVE_TIMEZONE', 'Berlin', '"Berlin" is no time zone known here'],
    ['REEVE_TIMEZONE', '+01:00', '"+01:00" is no time zone known here'],
    ['REEVE_COUNTRY', 'Germany', '"Germany" is not two letters'],
    ['REEVE_COUNTRY', 'XQ', '"XQ" is no country'],
    ['REEVE_OWNERS', '+12025550100, 4930231250', 'of its 2 entries, this is no such number: 2'],
    ['REEVE_OWNERS', ',', 'it holds no number'],
    ['REEVE_PREFIX', 'bot', '"bot" ends in a letter or digit'],
    ['REEVE_PREFIX', '! ', 'it holds a space or an invisible character'],
    ['REEVE_GATEWAY', 'telegram', '"telegram" is none of them'],
    ['REEVE_LOG_LEVEL', 'loud', '"loud" is none of them'],
    ['AUDIT_LOG_RETENTION_DAYS', '-1', '-1 is too small'],
    ['AUDIT_LOG_RETENTION_DAYS', '3.5', '"3.5" is not a whole number'],
    ['AUDIT_LOG_RETENTION_DAYS', '0', '0 wants AUDIT_LOG_RETENTION_KEEP_FOREVER=true beside it'],
    ['AUDIT_LOG_RETENTION_KEEP_FOREVER', 'maybe', '"maybe" is neither'],
    ['AUDIT_LOG_CLEANUP_CRON', 'daily', 'it has 1 field'],
    ['AUDIT_ARCHIVE_DIR', '~/archive', '"~" does not stand for the home directory here'],
    ['AUDIT_ARCHIVE_RETENTION_DAYS', '0', '0 is too small'],
    ['AUDIT_BATCH_MAX', '5001', '5001 is too large'],
    ['AUDIT_BATCH_WAIT_MS', 'soon', '"soon" is not a whole number'],
    ['AUDIT_SPOOL_MAX_BYTES', '64 MegaBytes', '"64 MegaBytes" is not a number of bytes'],
    ['AUDIT_ENTRY_MAX_BYTES', '1MiB', '1MiB is too large'],
    ['REEVE_WHATSAPP_PAIR_WITH', '030 23125 000', 'it is not a number in E.164 form'],
    ['REEVE_WHATSAPP_BROWSER_ARGS', '--mute-audio rm', 'word 2 of 2 is no switch'],
    ['REEVE_WHATSAPP_PAGE', './page.htm', 'it does not end in .html'],
    ['REEVE_WHATSAPP_SHIM', 'perhaps', '"perhaps" is neither'],
    ['REEVE_LLM_BASE_URL', 'llm.example.com', 'it cannot be read as a URL'],
    ['REEVE_LLM_BASE_URL', 'https://u:hunter2@llm.example.com', 'it holds credentials'],
    ['REEVE_LLM_BASE_URL', 'https://llm.example.com/v1', 'it wants REEVE_LLM_MODEL beside it'],
    ['REEVE_LLM_API_KEY', 'two words', 'it holds a space or an invisible character'],
    ['REEVE_LLM_PROMPT', 'x'.repeat(20_001), 'it is 20001 characters long'],
    ['REEVE_LLM_PRICES', 'small=0.1/0.2,large=3', 'entry 2 cannot be read as a model and its two prices'],
    ['REEVE_LLM_PRICES', 'small=0.1/1e3', 'entry 1 cannot be read as a model and its two prices'],
    ['REEVE_LLM_PRICES', 'small=0.1/0.0000001', 'entry 1 cannot be read as a model and its two prices'],
    ['REEVE_LLM_PRICES', 'small=1/2,small=2/3', 'entry 2 names a model that has a price already'],
    ['REEVE_LLM_CURRENCY', 'euro', '"euro" is not three letters'],
    ['REEVE_MODERATION_ENDPOINT', 'true', 'there is no endpoint: it wants REEVE_LLM_BASE_URL beside it'],
    ['REEVE_MODERATION_ON_FAILURE', 'maybe', '"maybe" is none of them'],
  ];
  test.each(cases)('%s=%s', (name, value, words) => {
    expect(problem({ [name]: value })).toContain(`${name}: ${words}`);
    const { message } = refusal({ [name]: value });
    expect(message).toContain(`It must be ${variableNamed(name).kind.rule}.`);
    expect(message).toContain(`Example: ${name}=${variableNamed(name).example}`);
  });

  test('a model without a price beside prices of others', () => {
    const set = { REEVE_LLM_MODEL: 'large', REEVE_LLM_PRICES: 'small=0.1/0.2' };
    expect(problem(set)).toContain('REEVE_LLM_PRICES: it has no price for the model of REEVE_LLM_MODEL');
  });

  test('all problems are told at once, also those between two values', () => {
    const error = refusal({
      REEVE_TENANT: 'A',
      AUDIT_BATCH_MAX: 'x',
      REEVE_TIMEZON: 'UTC',
      AUDIT_LOG_RETENTION_DAYS: '0',
      AUDIT_BATCH_WAIT_MS: '500',
      AUDIT_BLOCK_MAX_MS: '400',
    });
    const subjects = error.problems.map(({ subject }) => subject);
    expect(subjects.sort()).toEqual([
      'AUDIT_BATCH_MAX',
      'AUDIT_BATCH_WAIT_MS',
      'AUDIT_LOG_RETENTION_DAYS',
      'REEVE_TENANT',
      'REEVE_TIMEZON',
    ]);
    expect(error).toBeInstanceOf(UserError);
    expect(error.code).toBe('CONFIG_INVALID');
    for (const subject of subjects) expect(error.message).toContain(subject);
  });
});

describe('names that are not known', () => {
  test('an unknown REEVE_ name is refused, and the nearest is offered with an example', () => {
    const { problems, message } = refusal({ REEVE_TIMEZON: 'Europe/Berlin' });
    expect(problems[0]).toMatchObject({ nearest: 'REEVE_TIMEZONE', example: 'REEVE_TIMEZONE=Europe/Berlin' });
    expect(message).toContain('Did you mean REEVE_TIMEZONE?');
  });

  test('where none is near, none is offered', () => {
    expect(refusal({ REEVE_XYZZY: '1' }).message).not.toContain('Did you mean');
  });

  test('an unknown AUDIT_ name is only warned of: other programs may use it', () => {
    expect(load({ AUDIT_BATCH_MAXX: '1' }).warnings).toEqual([
      'AUDIT_BATCH_MAXX (in the environment) is no variable of Reeve and changes nothing. Did you mean AUDIT_BATCH_MAX?',
    ]);
  });

  test('names of others are nobody’s business', () => {
    expect(load({ PATH: '/bin', PGPASSWORD: 'x', __proto__: 'y' }).warnings).toEqual([]);
  });
});

describe('the signing key', () => {
  const seed = Buffer.alloc(32, 7).toString('base64');

  test('is a seed in base64, with or without its padding', () => {
    expect(load({ REEVE_SIGNING_KEY: seed }).signingKey).toBe(seed);
    expect(load({ REEVE_SIGNING_KEY: seed.slice(0, -1) }).signingKey).toBe(seed.slice(0, -1));
  });

  test('or the path of a file, made absolute', () => {
    writeFileSync(join(cwd, 'k.pem'), '');
    expect(load({ REEVE_SIGNING_KEY: 'k.pem' }).signingKey).toBe(join(cwd, 'k.pem'));
  });

  test('a file whose path could be a seed is refused, since that seed could be guessed', () => {
    const name = 'k'.repeat(43);
    writeFileSync(join(cwd, name), '');
    expect(problem({ REEVE_SIGNING_KEY: name })).toContain('could be base64 as well');
  });

  test.each([seed.slice(2), `-----BEGIN PRIVATE KEY-----\nhunter2`, 'hunter2', '.'])(
    'is not shown when it is neither (%#)',
    (value) => {
      const { message } = refusal({ REEVE_SIGNING_KEY: value });
      if (value.length > 1) expect(message).not.toContain(value);
      expect(message).toContain('REEVE_SIGNING_KEY (in the environment): it ');
    },
  );
});

test('no secret and no phone number is ever shown, whatever is wrong with it', () => {
  const hidden = VARIABLE_NAMES.filter((name) => variableNamed(name).hidden);
  expect(hidden).toEqual(
    expect.arrayContaining(['DATABASE_URL', 'REEVE_OWNERS', 'REEVE_SIGNING_KEY', 'REEVE_LLM_API_KEY']),
  );
  const secret = fc.string({ minLength: 6, maxLength: 60, unit: fc.constantFrom(...'zqx79@#/ ~\t%') });
  fc.assert(
    fc.property(
      fc.constantFrom(...hidden),
      secret,
      fc.constantFrom('', 'postgresql://u:'),
      (name, text, head) => {
        fc.pre(text.trim().length > 5);
        try {
          load({ [name]: head + text });
        } catch (error) {
          expect(String(error)).not.toContain(text);
        }
      },
    ),
    { seed: 20310514, numRuns: 300 },
  );
});

test('a name is accepted here exactly when the ledger accepts it', () => {
  const name = fc.string({ maxLength: 70, unit: fc.constantFrom(...'ab019.-A_é ') });
  const accepted = (variable: VariableName, value: string) => {
    try {
      return load({ [variable]: value }) !== undefined;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(name, (text) => {
      fc.pre(text !== '');
      expect(accepted('REEVE_TENANT', text)).toBe(isTenantName(text));
      expect(accepted('REEVE_INSTANCE', text)).toBe(isInstanceName(text));
    }),
    { seed: 20310514, numRuns: 200 },
  );
});

describe('values are read kindly', () => {
  test('country and choice in any case, numbers with separators, owners once', () => {
    const config = load({
      REEVE_COUNTRY: 'de',
      REEVE_GATEWAY: 'WhatsApp',
      REEVE_OWNERS: '+1 202-555-0100,, +12025550100 ,+49 30 23125 000',
      AUDIT_LOG_RETENTION_KEEP_FOREVER: 'YES',
      AUDIT_LOG_CLEANUP_CRON: ' 0  4 * * mon ',
    });
    expect(config).toMatchObject({
      country: 'DE',
      gateway: 'whatsapp',
      owners: ['+12025550100', '+493023125000'],
      retention: { keepForever: true, cron: '0 4 * * mon' },
    });
  });

  test('to keep everything is fine, and pointed out, as are days that change nothing beside it', () => {
    const forever = { AUDIT_LOG_RETENTION_KEEP_FOREVER: 'true' };
    const warning = 'AUDIT_LOG_RETENTION_KEEP_FOREVER=true: no entry is ever deleted for its age.';
    expect(load(forever).warnings).toEqual([warning]);
    expect(load({ ...forever, AUDIT_LOG_RETENTION_DAYS: '0' }).warnings).toEqual([warning]);
    expect(load({ ...forever, AUDIT_LOG_RETENTION_DAYS: '30' }).warnings).toEqual([
      `${warning} AUDIT_LOG_RETENTION_DAYS changes nothing.`,
    ]);
    expect(load({ AUDIT_LOG_RETENTION_KEEP_FOREVER: 'false' }).warnings).toEqual([]);
  });
});

describe('where a value comes from', () => {
  test('what is given to the program wins over the environment, and that over .env', () => {
    writeFileSync(join(cwd, '.env'), 'REEVE_TENANT=file\nREEVE_INSTANCE=file\nREEVE_PREFIX=?\n');
    const config = loadConfig({
      env: { REEVE_TENANT: 'env', REEVE_INSTANCE: 'env', REEVE_PREFIX: '' },
      cwd,
      overrides: { REEVE_TENANT: 'given', REEVE_INSTANCE: undefined },
    });
    expect(config).toMatchObject({ tenant: 'given', instance: 'env', prefix: '?' });
  });

  test('a mistake in .env is named with file and line', () => {
    writeFileSync(join(cwd, '.env'), '\nREEVE_TENANT=A\nREEVE_OOPS=1\n');
    const { message } = refusal({});
    expect(message).toContain(`REEVE_TENANT (${cwd}/.env:2)`);
    expect(message).toContain(`REEVE_OOPS (${cwd}/.env:3)`);
  });

  test('a line that is not understood is an error, and is not repeated', () => {
    writeFileSync(join(cwd, '.env'), 'REEVE_TENANT=acme\nREEVE_LLM_API_KEY hunter2\n');
    const { message, problems } = refusal({});
    expect(problems).toMatchObject([{ subject: `${cwd}/.env:2`, problem: 'it has no "="' }]);
    expect(message).not.toContain('hunter2');
  });

  test('what a .env sets twice is pointed out; the later line counts', () => {
    writeFileSync(join(cwd, '.env'), 'REEVE_TENANT=one\nREEVE_TENANT=two\n');
    expect(load()).toMatchObject({
      tenant: 'two',
      warnings: [`${cwd}/.env:2: REEVE_TENANT is set in line 1 already; line 2 counts.`],
    });
  });
});
