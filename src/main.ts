import { basename, dirname, join } from 'node:path';
import { LOCAL } from './access/address.js';
import type { Bot } from './chat/bot.js';
import type { Gateway } from './chat/gateway.js';
import { ConsoleGateway } from './chat/gateways/console/consoleGateway.js';
import { pairingText } from './chat/gateways/whatsapp/pairingText.js';
import { WhatsAppGateway } from './chat/gateways/whatsapp/whatsAppGateway.js';
import { Refusing } from './chat/refusing.js';
import { openLedgerReader } from './cli/ledgerReader.js';
import { type LedgerStatus, readStatus, statusText } from './cli/status.js';
import { type Terminal, writeTo } from './cli/terminal.js';
import { openReeve } from './compose.js';
import { systemClock } from './config/clock.js';
import type { Config } from './config/config.js';
import { createLog, type Log } from './config/log.js';
import { UserError } from './config/userError.js';
import { chatPrefix } from './settings/builtIn.js';
import { readMemory } from './signing/memory.js';

/**
 * The bot as a process: configuration, open, say what there is, answer until a signal or the end of the input,
 * drain. Where there is nobody to type, as under a service manager, only a signal ends it.
 */
export async function main(config: Config, terminal: Terminal, json = false): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    terminal.onSignal(resolve);
  });
  /** The same for a person and for a program. */
  const say = (text: string, event: object): Promise<void> =>
    writeTo(terminal.stdout, json ? `${JSON.stringify(event)}\n` : text);
  const front =
    config.gateway === 'console' ? atConsole(config, terminal, json) : onWhatsApp(config, terminal, say);
  const { gateway, log } = front;
  const opening = openReeve({ config, gateway, ...(log !== undefined && { log }) });
  const reeve = await opening.catch(async (error: unknown) => {
    if (front.answersRefused && isNotWhatWasSigned(error))
      await answerRefused(config, front, error, stopped, say);
    throw error;
  });
  // The promise of a signal keeps no process alive; this does.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    const { migrated } = reeve.record;
    const now = terminal.now();
    const status = await statusNow(config, now);
    const migrations = migrated.map((name) => `Migrated: ${name}\n`).join('');
    const greeting = await front.greeting(reeve.bot!);
    await say(`${migrations}${statusText(status, now)}${greeting}`, { event: 'ready', migrated, ...status });
    await reeve.start();
    const signal = await (front.ended === null ? stopped : Promise.race([stopped, front.ended]));
    front.stopReading();
    const why = signal === null ? '' : `${signal}: writing what is pending…\n`;
    await say(why, { event: 'stopping', signal });
  } finally {
    clearInterval(alive);
    await reeve.close();
  }
  await say('Closed.\n', { event: 'closed' });
}

/** Where people talk to the bot, as this process offers it. */
interface Front {
  readonly gateway: Gateway;
  /** A log that does not disturb whoever types; undefined for the ordinary one. */
  readonly log: Log | undefined;
  greeting(bot: Bot): Promise<string>;
  /** Resolves when nothing more will come; null where that is nobody's to say. */
  readonly ended: Promise<null> | null;
  stopReading(): void;
  /** Whether people who are elsewhere are told why the bot does nothing. At a terminal it ends, and says why. */
  readonly answersRefused: boolean;
}

const isNotWhatWasSigned = (error: unknown): error is UserError =>
  error instanceof UserError && ['LEDGER_SHRUNK', 'LEDGER_FORKED', 'LEDGER_HOLE'].includes(error.code);

/** How often it is looked whether an operator has settled it. */
const LOOK_MS = 15_000;

/** Says why to whoever asks, until it is stopped or the ledger was recovered: whatever starts it again finds it well. */
async function answerRefused(
  { prefix, owners, dataDir, tenant, logLevel }: Config,
  { gateway, log = createLog(logLevel) }: Front,
  why: UserError,
  stopped: Promise<string>,
  say: (text: string, event: object) => Promise<void>,
): Promise<void> {
  const { code, message, hint } = why;
  await say(`${message}\n${hint ?? ''}\nNothing is done until then but to say so.\n`, {
    event: 'refused',
    code,
    message,
    hint,
  });
  const signed = () => readMemory(dataDir, tenant)?.note;
  const before = signed();
  let look: NodeJS.Timeout | undefined;
  const settled = new Promise<void>((resolve) => {
    look = setInterval(() => {
      if (signed() !== before) resolve();
    }, LOOK_MS);
  });
  const refusing = new Refusing({ gateway, clock: systemClock, log, prefix, owners, why });
  try {
    await refusing.start();
    await Promise.race([stopped, settled]);
  } finally {
    clearInterval(look);
    await refusing.close();
  }
}

function atConsole(config: Config, terminal: Terminal, json: boolean): Front {
  const gateway = new ConsoleGateway({
    input: terminal.stdin,
    output: terminal.stdout,
    folder: join(config.dataDir, 'console'),
    env: terminal.env,
    now: terminal.now,
    country: config.country,
    prefix: config.prefix,
    asJson: json,
  });
  const isShared = terminal.stderr.isTTY === true;
  return {
    gateway,
    log: isShared ? createLog(config.logLevel, gateway.logTo(terminal.stderr)) : undefined,
    greeting: async (bot) => (terminal.isUnattended ? NOBODY_TYPES : greetingOf(bot, gateway)),
    ended: terminal.isUnattended ? null : gateway.ended.then(() => null),
    stopReading: () => gateway.stopReading(),
    answersRefused: false,
  };
}

function onWhatsApp(
  { dataDir, whatsapp, logLevel }: Config,
  terminal: Terminal,
  say: (text: string, event: object) => Promise<void>,
): Front {
  const { pairWith, browser, browserArgs, page, shim } = whatsapp;
  const isTerminal = terminal.stdout.isTTY === true;
  // Whoever reads it may have gone away, which is no reason to stop answering others.
  const show = (text: string, event: object) => void say(text, event).catch(() => {});
  const log = createLog(logLevel);
  const gateway = new WhatsAppGateway({
    folder: join(dataDir, 'whatsapp'),
    pairWith,
    browser,
    browserArgs,
    page: page === undefined ? undefined : { folder: dirname(page), version: basename(page, '.html') },
    shim,
    log,
    onPairing: (shown) => show(pairingText(shown, isTerminal), { event: 'pairing', ...shown }),
    onStatus: ({ state, detail }) =>
      show(`WhatsApp: ${state}${detail === undefined ? '' : `, ${detail}`}.\n`, {
        event: 'connection',
        state,
        detail,
      }),
  });
  return {
    gateway,
    log,
    greeting: async () => '\nReady. WhatsApp comes up; it runs until it is stopped.\n',
    ended: null,
    stopReading: () => {},
    answersRefused: true,
  };
}

const NOBODY_TYPES = '\nReady. There is no input here to chat by: it runs until it is stopped.\n';

/** Who one is, and how to go on where somebody sits there; at length for who was never here. */
async function greetingOf({ services }: Bot, { sign, isTerminal, isNew }: ConsoleGateway): Promise<string> {
  const { role } = await services.people.find(LOCAL);
  const prefix = services.settings.get(chatPrefix);
  const who = role === 'OWNER' ? 'the local owner' : `the local user, with the role ${role}`;
  if (!isTerminal) return `\nReady. You are ${who}.\n\n`;
  if (!isNew)
    return `\nReady. You are ${who}. ${prefix}help lists the commands, ${sign}help the console's own; Ctrl-D ends.\n\n`;
  const ways = [
    [`${prefix}help`, 'what there is'],
    [`${prefix}audit list`, 'what has happened so far'],
    [`${sign}as +12025550101 Bo`, 'speak as somebody else, and see what they are refused'],
    [`${sign}group Team`, 'speak in a group'],
    [`${sign}help`, 'more of that'],
  ].map(([typed, what]) => `  ${typed!.padEnd(23)}${what}\n`);
  return `
Ready. This terminal is a chat with your bot, and you are ${who}.

${ways.join('')}
Tab completes, the arrows bring back what you typed, Ctrl-D ends. What you do is recorded.

`;
}

async function statusNow(config: Config, now: number): Promise<LedgerStatus> {
  const reader = await openLedgerReader(config);
  try {
    return await readStatus(config, reader, now);
  } finally {
    await reader.close();
  }
}
