import { z } from 'zod';
import * as kinds from './kinds.js';

/**
 * Every environment variable there is. The parser, `.env-example` and the messages about mistakes are all made
 * from this one table, so none of them can fall behind.
 */
export interface Variable<T> {
  group: string;
  /** What it is for, one sentence a line. */
  meaning: string;
  kind: kinds.Kind<T>;
  /** A value that works, shown in `.env-example` and beside every mistake. */
  example: string;
  /** The default as text, read like any other value. */
  default?: string;
  /** The default in words, where it depends on something. */
  defaultInWords?: string;
  /** The value may be a secret or a phone number, so it is shown nowhere. */
  hidden?: true;
}

const DATABASE = 'Where the record is kept';
const BOT = 'The bot';
const RETENTION = 'How long entries are kept';
const WRITING = 'How entries are written';
const WHATSAPP = 'The WhatsApp gateway';
const ASSISTANT = 'The assistant';

export const VARIABLES = {
  DATABASE_URL: {
    group: DATABASE,
    meaning:
      'The database: a SQLite file, or PostgreSQL when one machine is not enough.\nA relative path is from the working directory.',
    kind: kinds.databaseUrl,
    example: 'postgresql://reeve:change-me@localhost:5432/reeve',
    defaultInWords: 'file: and reeve.db in the data directory',
    hidden: true,
  },
  REEVE_DATA_DIR: {
    group: DATABASE,
    meaning:
      'The folder of the signing key, the signed checkpoints and the spool. Back it up with the database.',
    kind: kinds.path,
    example: './data',
    defaultInWords: "the SQLite file's folder, else ./data",
  },
  REEVE_INSTANCE: {
    group: DATABASE,
    meaning:
      "The name of this installation, part of every ledger's name. It cannot be changed once there are entries.",
    kind: kinds.ledgerName,
    example: 'front-desk',
    default: 'default',
  },
  REEVE_TENANT: {
    group: DATABASE,
    meaning: 'Whose ledger this process works on. One database holds as many as you like.',
    kind: kinds.ledgerName,
    example: 'acme',
    default: 'default',
  },
  REEVE_SIGNING_KEY: {
    group: DATABASE,
    meaning: 'The private key that signs checkpoints: the path of a PEM file, or base64 of a 32-byte seed.',
    kind: kinds.signingKey,
    example: './signing-key.pem',
    defaultInWords: 'made on the first start of an empty database, in the data directory',
    hidden: true,
  },

  REEVE_GATEWAY: {
    group: BOT,
    meaning: 'Where people talk to the bot.',
    kind: kinds.oneOf('console', 'whatsapp'),
    example: 'whatsapp',
    default: 'console',
  },
  REEVE_OWNERS: {
    group: BOT,
    meaning: 'Who is an owner from the start: phone numbers in E.164 form, separated by commas.',
    kind: kinds.phones,
    example: '+12025550100,+12025550101',
    defaultInWords: 'nobody',
    hidden: true,
  },
  REEVE_PREFIX: {
    group: BOT,
    meaning: 'What a command begins with.',
    kind: kinds.prefix,
    example: '/',
    default: '!',
  },
  REEVE_TIMEZONE: {
    group: BOT,
    meaning: 'The time zone in which "yesterday" is understood, times are shown and schedules run.',
    kind: kinds.timeZone,
    example: 'Europe/Berlin',
    defaultInWords: "the system's, else UTC",
  },
  REEVE_COUNTRY: {
    group: BOT,
    meaning: 'The country whose phone numbers may be written without a country code.',
    kind: kinds.country,
    example: 'DE',
    defaultInWords: 'none: every number begins with "+"',
  },
  REEVE_LOG_LEVEL: {
    group: BOT,
    meaning: 'How much is logged to standard error. This is about the program, not about the record.',
    kind: kinds.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    example: 'debug',
    default: 'info',
  },

  AUDIT_LOG_RETENTION_DAYS: {
    group: RETENTION,
    meaning:
      'Days after which entries leave the ledger.\n0 is refused unless AUDIT_LOG_RETENTION_KEEP_FOREVER is true.',
    kind: kinds.wholeNumber(0, 36_500),
    example: '365',
    default: '90',
  },
  AUDIT_LOG_RETENTION_KEEP_FOREVER: {
    group: RETENTION,
    meaning: 'Never delete an entry for its age, whatever the number of days.',
    kind: kinds.yesOrNo,
    example: 'true',
    default: 'false',
  },
  AUDIT_LOG_CLEANUP_CRON: {
    group: RETENTION,
    meaning:
      'When retention runs, in REEVE_TIMEZONE: minute, hour, day of the month, month, day of the week.',
    kind: kinds.cron,
    example: '0 4 * * 0',
    default: '30 3 * * *',
  },
  AUDIT_ARCHIVE_DIR: {
    group: RETENTION,
    meaning: 'A folder to which entries are archived, verifiable as before, before they leave the ledger.',
    kind: kinds.path,
    example: './archive',
    defaultInWords: 'nothing is archived',
  },
  AUDIT_ARCHIVE_RETENTION_DAYS: {
    group: RETENTION,
    meaning: 'Days for which archived entries are kept.',
    kind: kinds.wholeNumber(1, 36_500),
    example: '3650',
    default: '2555',
  },

  AUDIT_NDJSON_DIR: {
    group: WRITING,
    meaning: 'A folder in which events.ndjson mirrors the ledger, one entry a line.',
    kind: kinds.path,
    example: './mirror',
    defaultInWords: 'no mirror',
  },
  AUDIT_BATCH_MAX: {
    group: WRITING,
    meaning: 'The most entries that one commit takes.',
    kind: kinds.wholeNumber(1, 5_000),
    example: '1000',
    default: '500',
  },
  AUDIT_BATCH_WAIT_MS: {
    group: WRITING,
    meaning:
      'Milliseconds a commit waits for company. Entries that come during a commit share the next one anyway.',
    kind: kinds.wholeNumber(0, 1_000),
    example: '5',
    default: '0',
  },
  AUDIT_BLOCK_MAX_MS: {
    group: WRITING,
    meaning:
      'The longest, in milliseconds, that storage may keep a caller waiting before an entry is spooled.',
    kind: kinds.wholeNumber(10, 60_000),
    example: '500',
    default: '2000',
  },
  AUDIT_SPOOL_MAX_BYTES: {
    group: WRITING,
    meaning: 'The most that is kept on disk while the database is away. What is shed beyond it is counted.',
    kind: kinds.byteSize(1_024, 2 ** 40),
    example: '64MiB',
    default: '256MiB',
  },
  AUDIT_ENTRY_MAX_BYTES: {
    group: WRITING,
    meaning: 'The most one entry may hold; longer texts are cut, and say so.',
    kind: kinds.byteSize(1_024, 65_536),
    example: '32KiB',
    default: '16384',
  },

  REEVE_WHATSAPP_PAIR_WITH: {
    group: WHATSAPP,
    meaning: 'The phone number to pair with by a code, instead of scanning a QR picture.',
    kind: kinds.phone,
    example: '+12025550100',
    defaultInWords: 'a QR picture is shown',
    hidden: true,
  },
  REEVE_WHATSAPP_BROWSER: {
    group: WHATSAPP,
    meaning: 'The program of Chromium or Chrome.',
    kind: kinds.path,
    example: '/usr/bin/chromium',
    defaultInWords: 'looked for on the system',
  },
  REEVE_WHATSAPP_BROWSER_ARGS: {
    group: WHATSAPP,
    meaning: 'More switches for the browser.',
    kind: kinds.switches,
    example: '--proxy-server=socks5://127.0.0.1:1080',
    defaultInWords: 'none',
  },
  REEVE_WHATSAPP_PAGE: {
    group: WHATSAPP,
    meaning:
      "A WhatsApp Web page that is kept as a file, named by its version, in place of the site's newest one.",
    kind: kinds.htmlFile,
    example: './2.3000.1.html',
    defaultInWords: 'the newest one, from the site',
  },
  REEVE_WHATSAPP_SHIM: {
    group: WHATSAPP,
    meaning: 'Mend what the site changed in July and September 2026 and the library does not know yet.',
    kind: kinds.yesOrNo,
    example: 'false',
    default: 'true',
  },

  REEVE_LLM_BASE_URL: {
    group: ASSISTANT,
    meaning:
      'Any endpoint that speaks the chat completions protocol. Without one the bot serves commands only.',
    kind: kinds.httpUrl,
    example: 'https://llm.example.com/v1',
    defaultInWords: 'no assistant',
    hidden: true,
  },
  REEVE_LLM_MODEL: {
    group: ASSISTANT,
    meaning: 'The model to ask for.',
    kind: kinds.word,
    example: 'small-model',
    defaultInWords: 'none',
  },
  REEVE_LLM_API_KEY: {
    group: ASSISTANT,
    meaning: "The endpoint's API key.",
    kind: kinds.word,
    example: 'your-api-key',
    defaultInWords: 'none is sent',
    hidden: true,
  },
  REEVE_LLM_PROMPT: {
    group: ASSISTANT,
    meaning:
      'What the model is told about its task, before every conversation: the text, or "@" and the path of a file.',
    kind: kinds.words(20_000),
    example: '@./prompt.txt',
    defaultInWords: 'a few sentences that ask for short, plain answers',
  },
  REEVE_LLM_PRICES: {
    group: ASSISTANT,
    meaning:
      'What a million tokens cost that the model reads, and that it writes.\nWithout it tokens are counted, and nothing costs anything.',
    kind: kinds.prices,
    example: 'small-model=0.15/0.60,large-model=2.50/10',
    defaultInWords: 'none: nothing has a price',
  },
  REEVE_LLM_CURRENCY: {
    group: ASSISTANT,
    meaning: 'The currency of the prices and budgets.',
    kind: kinds.currency,
    example: 'EUR',
    default: 'USD',
  },
  REEVE_MODERATION_RULES: {
    group: ASSISTANT,
    meaning: 'A JSON file of words and patterns that the assistant is never asked about.',
    kind: kinds.path,
    example: './moderation.json',
    defaultInWords: 'no rules',
  },
  REEVE_MODERATION_ENDPOINT: {
    group: ASSISTANT,
    meaning: "Whether the endpoint's own moderation call is asked about every message first.",
    kind: kinds.yesOrNo,
    example: 'true',
    default: 'false',
  },
  REEVE_MODERATION_MODEL: {
    group: ASSISTANT,
    meaning: 'The model of that call.',
    kind: kinds.word,
    example: 'small-moderation',
    defaultInWords: "the endpoint's own",
  },
  REEVE_MODERATION_ON_FAILURE: {
    group: ASSISTANT,
    meaning: 'What happens to a message that moderation could not decide about: open lets it through.',
    kind: kinds.oneOf('closed', 'open'),
    example: 'open',
    default: 'closed',
  },
} satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof VARIABLES;
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];

/** One row of the table, whatever its type. */
export function variableNamed(name: VariableName): Variable<unknown> {
  return VARIABLES[name];
}

type Table = typeof VARIABLES;
type Read<N extends VariableName> = z.output<Table[N]['kind']['schema']>;

/** The value of each variable once read: never undefined where there is a default. */
export type Values = {
  [N in VariableName]: Table[N] extends { default: string } ? Read<N> : Read<N> | undefined;
};

/** The schema of the whole environment; strict, so that a name that is in no row is an issue of its own. */
export const environmentSchema = z.strictObject(
  Object.fromEntries(VARIABLE_NAMES.map((name) => [name, fieldOf(variableNamed(name))])),
) as unknown as z.ZodType<Values, Partial<Record<string, string>>>;

function fieldOf(variable: Variable<unknown>) {
  const { schema } = variable.kind;
  return variable.default === undefined ? schema.optional() : schema.prefault(variable.default);
}
