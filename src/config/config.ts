import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError, type ConfigProblem } from './configError.js';
import { type Database, databaseFrom, databaseLabel, dataDirOf } from './database.js';
import { type EnvironmentVariables, gatherSettings, type Setting } from './environment.js';
import { isTimeZone, type Prices } from './kinds.js';
import { nearest } from './nearest.js';
import {
  environmentSchema,
  VARIABLE_NAMES,
  type Values,
  type VariableName,
  variableNamed,
} from './variables.js';

/** What the program was told, read and checked. All paths are absolute. Holds secrets: never log it whole. */
export interface Config {
  /** As it is for the driver; of PostgreSQL it holds a password. Show `databaseLabel`. */
  databaseUrl: string;
  database: Database;
  databaseLabel: string;
  dataDir: string;
  instance: string;
  tenant: string;
  /** The path of a PEM file or base64 of a seed; undefined where the data directory keeps the key. */
  signingKey: string | undefined;
  timeZone: string;
  country: string | undefined;
  owners: readonly string[];
  prefix: string;
  gateway: Values['REEVE_GATEWAY'];
  logLevel: Values['REEVE_LOG_LEVEL'];
  retention: { days: number; keepForever: boolean; cron: string };
  /** No `dir`: nothing is archived. */
  archive: { dir: string | undefined; days: number };
  /** Undefined: no mirror. */
  mirrorDir: string | undefined;
  batch: { max: number; waitMs: number };
  blockMaxMs: number;
  spoolMaxBytes: number;
  entryMaxBytes: number;
  whatsapp: {
    pairWith: string | undefined;
    browser: string | undefined;
    browserArgs: readonly string[];
    /** The HTML file of a pinned page; its name is its version. */
    page: string | undefined;
    shim: boolean;
  };
  /** No `baseUrl`: no assistant. */
  llm: {
    baseUrl: string | undefined;
    model: string | undefined;
    apiKey: string | undefined;
    /** The text, or the path of the file that has it. */
    prompt: { text: string } | { file: string } | undefined;
    prices: Prices;
    currency: string;
  };
  moderation: {
    rules: string | undefined;
    endpoint: boolean;
    model: string | undefined;
    onFailure: Values['REEVE_MODERATION_ON_FAILURE'];
  };
  /** What is odd and stops nothing, a sentence each. */
  warnings: readonly string[];
}

export interface ConfigSource {
  env: EnvironmentVariables;
  /** Where `.env` is read and from where relative paths start. */
  cwd: string;
  /** What was given on the command line, by the name of the variable. Wins over everything. */
  overrides?: Partial<Record<VariableName, string | undefined>>;
}

/**
 * The configuration of this process. Throws a `ConfigError` that names everything that is wrong.
 *
 * @example loadConfig({ env: process.env, cwd: process.cwd() }).dataDir
 */
export function loadConfig({ env, cwd, overrides = {} }: ConfigSource): Config {
  const { settings, problems, warnings } = gatherSettings(env, overrides, cwd);
  const texts: Record<string, string> = {};
  for (const [name, { value, origin }] of settings) {
    if (isVariable(name) || name.startsWith('REEVE_')) texts[name] = value;
    else if (name.startsWith('AUDIT_')) warnings.push(unknownWarning(name, origin));
  }
  const bad = mistakes(texts, settings);
  problems.push(...bad.values());
  // What is right is looked at further, so that one start tells everything.
  for (const name of bad.keys()) delete texts[name];
  const values = environmentSchema.parse(texts);
  problems.push(...contradictions(values, settings, cwd).filter(({ subject }) => !bad.has(subject)));
  const [first, ...others] = problems;
  if (first !== undefined) throw new ConfigError([first, ...others]);
  if (values.AUDIT_LOG_RETENTION_KEEP_FOREVER) warnings.push(keepsForever(values, settings));
  return assemble(values, cwd, warnings);
}

/** Not a mistake, but nobody should find out years later. */
function keepsForever({ AUDIT_LOG_RETENTION_DAYS: days }: Values, settings: Map<string, Setting>): string {
  const isInVain = settings.get('AUDIT_LOG_RETENTION_DAYS') !== undefined && days > 0;
  const inVain = isInVain ? ' AUDIT_LOG_RETENTION_DAYS changes nothing.' : '';
  return `AUDIT_LOG_RETENTION_KEEP_FOREVER=true: no entry is ever deleted for its age.${inVain}`;
}

/** What the schema refuses, by name. */
function mistakes(texts: Record<string, string>, settings: Map<string, Setting>): Map<string, ConfigProblem> {
  const found = new Map<string, ConfigProblem>();
  for (const issue of environmentSchema.safeParse(texts).error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys) found.set(name, unknownVariable(name, settings.get(name)!));
    } else {
      const name = issue.path[0] as VariableName;
      found.set(name, badValue(name, settings.get(name)!, issue.message));
    }
  }
  return found;
}

function isVariable(name: string): name is VariableName {
  return (VARIABLE_NAMES as string[]).includes(name);
}

function unknownVariable(name: string, { origin }: Setting): ConfigProblem {
  const meant = nearest(name, VARIABLE_NAMES) as VariableName | null;
  const problem = { subject: name, origin, problem: 'there is no variable of that name' };
  return meant === null ? problem : { ...problem, nearest: meant, example: exampleOf(meant) };
}

function unknownWarning(name: string, origin: string): string {
  const meant = nearest(name, VARIABLE_NAMES);
  const suggestion = meant === null ? '' : ` Did you mean ${meant}?`;
  return `${name} (${origin}) is no variable of Reeve and changes nothing.${suggestion}`;
}

function badValue(name: VariableName, { value, origin }: Setting, problem: string): ConfigProblem {
  const { kind, hidden } = variableNamed(name);
  const shown = hidden && problem.includes(value) ? 'its value is not acceptable' : problem;
  return { subject: name, origin, problem: shown, rule: kind.rule, example: exampleOf(name) };
}

function exampleOf(name: VariableName): string {
  return `${name}=${variableNamed(name).example}`;
}

/** What no single value shows to be wrong. */
function contradictions(values: Values, settings: Map<string, Setting>, cwd: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (name: VariableName, problem: string) =>
    problems.push(badValue(name, settings.get(name)!, problem));
  if (values.AUDIT_LOG_RETENTION_DAYS === 0 && !values.AUDIT_LOG_RETENTION_KEEP_FOREVER) {
    refuse('AUDIT_LOG_RETENTION_DAYS', '0 wants AUDIT_LOG_RETENTION_KEEP_FOREVER=true beside it');
  }
  if (values.AUDIT_BATCH_WAIT_MS > 0 && values.AUDIT_BATCH_WAIT_MS >= values.AUDIT_BLOCK_MAX_MS) {
    refuse('AUDIT_BATCH_WAIT_MS', 'it is not below AUDIT_BLOCK_MAX_MS, so every entry would be spooled');
  }
  problemsOfAssistant(values, refuse);
  const key = values.REEVE_SIGNING_KEY;
  if (key !== undefined) {
    const path = resolve(cwd, key);
    if (!isFile(path)) {
      if (!isSeed(key))
        refuse('REEVE_SIGNING_KEY', 'it names no file that is there, and is not base64 of 32 bytes');
    } else if (isSeed(key) || isSeed(path)) {
      // Taken for a seed, a path would be a key that anybody can guess.
      refuse('REEVE_SIGNING_KEY', 'it names a file and could be base64 as well; let its name end in ".pem"');
    }
  }
  return problems;
}

function problemsOfAssistant(
  {
    REEVE_LLM_BASE_URL: url,
    REEVE_LLM_MODEL: model,
    REEVE_LLM_PRICES: prices,
    REEVE_MODERATION_ENDPOINT: moderates,
  }: Values,
  refuse: (name: VariableName, problem: string) => void,
): void {
  if (url !== undefined && model === undefined)
    refuse('REEVE_LLM_BASE_URL', 'it wants REEVE_LLM_MODEL beside it');
  if (moderates && url === undefined)
    refuse('REEVE_MODERATION_ENDPOINT', 'there is no endpoint: it wants REEVE_LLM_BASE_URL beside it');
  if (model !== undefined && prices !== undefined && !prices.has(model))
    refuse('REEVE_LLM_PRICES', 'it has no price for the model of REEVE_LLM_MODEL');
}

/** As with other tools of the command line, "@" says that a file has it. */
function promptFrom(text: string | undefined, cwd: string): Config['llm']['prompt'] {
  if (text === undefined) return undefined;
  return text.startsWith('@') ? { file: resolve(cwd, text.slice(1)) } : { text };
}

function isSeed(text: string): boolean {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function assemble(values: Values, cwd: string, warnings: string[]): Config {
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path));
  const named = values.DATABASE_URL === undefined ? undefined : databaseFrom(values.DATABASE_URL, cwd);
  const dataDir = absolute(values.REEVE_DATA_DIR) ?? dataDirOf(named, cwd);
  const database = named ?? { kind: 'sqlite', path: join(dataDir, 'reeve.db') };
  const key = values.REEVE_SIGNING_KEY;
  return {
    databaseUrl: database.kind === 'sqlite' ? `file:${database.path}` : database.url,
    database,
    databaseLabel: databaseLabel(database),
    dataDir,
    instance: values.REEVE_INSTANCE,
    tenant: values.REEVE_TENANT,
    signingKey: key === undefined || isSeed(key) ? key : resolve(cwd, key),
    timeZone: values.REEVE_TIMEZONE ?? systemTimeZone(),
    country: values.REEVE_COUNTRY,
    owners: values.REEVE_OWNERS ?? [],
    prefix: values.REEVE_PREFIX,
    gateway: values.REEVE_GATEWAY,
    logLevel: values.REEVE_LOG_LEVEL,
    retention: {
      days: values.AUDIT_LOG_RETENTION_DAYS,
      keepForever: values.AUDIT_LOG_RETENTION_KEEP_FOREVER,
      cron: values.AUDIT_LOG_CLEANUP_CRON,
    },
    archive: { dir: absolute(values.AUDIT_ARCHIVE_DIR), days: values.AUDIT_ARCHIVE_RETENTION_DAYS },
    mirrorDir: absolute(values.AUDIT_NDJSON_DIR),
    batch: { max: values.AUDIT_BATCH_MAX, waitMs: values.AUDIT_BATCH_WAIT_MS },
    blockMaxMs: values.AUDIT_BLOCK_MAX_MS,
    spoolMaxBytes: values.AUDIT_SPOOL_MAX_BYTES,
    entryMaxBytes: values.AUDIT_ENTRY_MAX_BYTES,
    whatsapp: {
      pairWith: values.REEVE_WHATSAPP_PAIR_WITH,
      browser: absolute(values.REEVE_WHATSAPP_BROWSER),
      browserArgs: values.REEVE_WHATSAPP_BROWSER_ARGS ?? [],
      page: absolute(values.REEVE_WHATSAPP_PAGE),
      shim: values.REEVE_WHATSAPP_SHIM,
    },
    llm: {
      baseUrl: values.REEVE_LLM_BASE_URL,
      model: values.REEVE_LLM_MODEL,
      apiKey: values.REEVE_LLM_API_KEY,
      prompt: promptFrom(values.REEVE_LLM_PROMPT, cwd),
      prices: values.REEVE_LLM_PRICES ?? new Map(),
      currency: values.REEVE_LLM_CURRENCY,
    },
    moderation: {
      rules: absolute(values.REEVE_MODERATION_RULES),
      endpoint: values.REEVE_MODERATION_ENDPOINT,
      model: values.REEVE_MODERATION_MODEL,
      onFailure: values.REEVE_MODERATION_ON_FAILURE,
    },
    warnings,
  };
}

/** A system without a zone, or with one that is none, is taken to be on UTC. */
function systemTimeZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone !== undefined && isTimeZone(zone) ? zone : 'UTC';
}
