import { createHmac, randomBytes } from 'node:crypto';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import { inboxStale } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import type { Store } from '../store/store.js';
import type { IncomingMessage } from './message.js';
import type { Ignored, Standing } from './router.js';

/** What is done with messages: the router. */
export interface MessageHandler {
  kindOf(message: IncomingMessage): 'command' | 'other' | null;
  /** The command a message begins with, where there is one. */
  commandNamed(message: IncomingMessage): string | null;
  handle(message: IncomingMessage, standing: Standing): Promise<void>;
  /** A command that is not run. */
  ignored(message: IncomingMessage, why: Ignored, command: string): Promise<void>;
}

export interface InboxParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly handle: MessageHandler;
  readonly log: Log;
}

/** Somebody's message on its way in. */
interface Arrival {
  readonly message: IncomingMessage;
  /** What is kept of its key. */
  readonly hash: string;
  readonly why: Ignored | null;
  readonly command: string | null;
  readonly isCommand: boolean;
}

interface ChatQueue {
  readonly waiting: { readonly arrival: Arrival; readonly isClaimed: boolean }[];
  isRunning: boolean;
}

/** So many chats are answered at the same time. Their handlers mostly wait for the database. */
const MOST_CHATS = 16;

/** What is no command may take a host's or an assistant's time: so many places are kept for commands. */
const KEPT_FOR_COMMANDS = 4;

/** Beyond this, messages are dropped: whoever sends that many is not waiting for answers. */
const MOST_WAITING = 20_000;

/** The same of one chat, so that no chat alone can have those of all others dropped. */
const MOST_WAITING_IN_CHAT = 1000;

/** Keys in memory: to know a message again at once, and that an edited one was a command. */
const MOST_REMEMBERED = 10_000;

/** Keys in one statement; SQLite and PostgreSQL take many more marks than this makes. */
const MOST_KEYS = 500;

/** How long keys are kept. A gateway that has been away brings messages again after hours, not days. */
const KEEP_MS = 3 * 24 * 3_600_000;

/** From further ahead than clocks can differ: its key would be forgotten while it could still run once more. */
const FAR_AHEAD_MS = 24 * 3_600_000;

const TIDY_EVERY_MS = 3_600_000;

const SECRET = 'inbox';

/**
 * Takes every message once. Gateways deliver some twice or three times, also to two processes at once, so each one's
 * key is inserted into the database before it runs: whoever inserted it runs it. Keys that arrive together share a
 * transaction. The messages of one chat run one after another, in the order of their arrival; chats do not wait for
 * each other.
 *
 * A message that was claimed and not run, because the process died, is not run by the next one: a command that
 * does nothing is asked for again, one that ran twice is not noticed. Where the database is away nothing can be
 * claimed: what changes nothing is answered all the same, and the rest is refused. The keys are noted as soon as it
 * is back.
 */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #secret: string;
  /** What has arrived and is not claimed yet. */
  #arrived: Arrival[] = [];
  /** Keys that could not be noted. */
  #owed: string[] = [];
  #claiming = false;
  readonly #chats = new Map<string, ChatQueue>();
  /** Chats that have something to do, and no place yet among those that run. */
  readonly #ready = { commands: [] as ChatQueue[], others: [] as ChatQueue[] };
  readonly #running = { commands: 0, others: 0 };
  #waiting = 0;
  readonly #waitingIn = new Map<string, number>();
  /** Keys seen by this process, with the command that a message began with. */
  readonly #seen = new Map<string, string | null>();
  #idle: (() => void)[] = [];
  #isClosed = false;
  #stopTidying: () => void = () => {};

  private constructor(parts: InboxParts, secret: string) {
    this.#parts = parts;
    this.#secret = secret;
  }

  static async open(parts: InboxParts): Promise<Inbox> {
    const inbox = new Inbox(parts, await installationSecret(parts.record.store, SECRET));
    await inbox.#tidy();
    return inbox;
  }

  /** Hands a message over. Returns at once, and never throws. */
  accept(message: IncomingMessage): void {
    if (this.#isClosed) return;
    try {
      const arrival = this.#arrival(message);
      if (arrival === null || this.#seen.has(arrival.hash)) return;
      const { id } = message.chat;
      const waitingHere = this.#waitingIn.get(id) ?? 0;
      if (this.#waiting >= MOST_WAITING || waitingHere >= MOST_WAITING_IN_CHAT) {
        this.#drop(arrival);
        return;
      }
      this.#remember(arrival.hash, arrival.command);
      this.#waiting += 1;
      this.#waitingIn.set(id, waitingHere + 1);
      this.#arrived.push(arrival);
      if (!this.#claiming) void this.#claim();
    } catch (error) {
      this.#parts.log.error({ err: error }, 'a message could not be taken');
    }
  }

  #drop({ message, command }: Arrival): void {
    const { log, handle } = this.#parts;
    log.warn('too many messages wait to be answered; one was dropped');
    if (command === null) return;
    handle.ignored(message, 'dropped', command).catch((error: unknown) => {
      log.error({ err: error }, 'a message that was dropped could not be recorded');
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  drained(): Promise<void> {
    if (this.#waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more, and ends when all that was taken is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTidying();
    await this.drained();
  }

  /** What a message is; null where it does not concern the bot. */
  #arrival(message: IncomingMessage): Arrival | null {
    const { clock, handle } = this.#parts;
    const hash = this.#hashOf(message, '');
    if (message.change !== undefined) {
      const { change } = message;
      // It may have been a command before it was edited, or be one only now. Neither is run.
      const command = this.#seen.get(hash) ?? handle.commandNamed(message);
      if (command === null) return null;
      const own = this.#hashOf(message, `${change}\n${message.text}`);
      return { message, hash: own, why: change, command, isCommand: true };
    }
    const kind = handle.kindOf(message);
    if (kind === null) return null;
    const command = kind === 'command' ? handle.commandNamed(message) : null;
    const age = clock.now() - message.at;
    // Written so that a time that is no number counts as too late.
    const isStale = !(age <= this.#staleAfterMs && age >= -FAR_AHEAD_MS);
    // What came too late and is no command is nobody's concern.
    if (isStale && command === null) return null;
    return { message, hash, why: isStale ? 'stale' : null, command, isCommand: kind === 'command' };
  }

  get #staleAfterMs(): number {
    return this.#parts.settings.get(inboxStale);
  }

  #hashOf({ channel, key }: IncomingMessage, what: string): string {
    return hashOf(this.#secret, channel, key, what);
  }

  #remember(hash: string, command: string | null): void {
    this.#seen.set(hash, command);
    if (this.#seen.size > MOST_REMEMBERED) this.#seen.delete(this.#seen.keys().next().value!);
  }

  /** Claims what has arrived, all of it at once, until nothing more arrives. */
  async #claim(): Promise<void> {
    this.#claiming = true;
    try {
      while (this.#arrived.length > 0) {
        const batch = this.#arrived.splice(0, MOST_KEYS);
        let claimed: ReadonlySet<string> | null = null;
        try {
          claimed = await this.#insert(batch.map(({ hash }) => hash));
        } catch (error) {
          this.#parts.log.warn({ err: error }, 'messages could not be claimed in the database');
          for (const { hash } of batch) this.#owed.push(hash);
          if (this.#owed.length > MOST_REMEMBERED) this.#owed.splice(0, this.#owed.length - MOST_REMEMBERED);
        }
        for (const arrival of batch) {
          if (claimed === null) this.#enqueue(arrival, false);
          else if (claimed.has(arrival.hash)) this.#enqueue(arrival, true);
          else this.#done(arrival.message);
        }
      }
    } finally {
      this.#claiming = false;
    }
  }

  /** Inserts keys, with those that are owed. Returns which of them nobody had inserted before. */
  async #insert(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const { store, ledger } = this.#parts.record;
    const owed = this.#owed;
    const now = this.#parts.clock.now();
    // One order for all processes, so that two that insert the same keys never wait for each other.
    const keys = [...owed, ...hashes].sort();
    const inserted = await store.transaction(async (tx) => {
      const found = new Set<string>();
      for (let from = 0; from < keys.length; from += MOST_KEYS) {
        const some = keys.slice(from, from + MOST_KEYS);
        const rows = await tx.all<{ key: string }>(
          `INSERT INTO "InboxMessage" ("tenant", "key", "at") VALUES ${some.map(() => '(?, ?, ?)').join(', ')}
             ON CONFLICT ("tenant", "key") DO NOTHING RETURNING "key"`,
          some.flatMap((key) => [ledger.tenant, key, now]),
        );
        for (const { key } of rows) found.add(key);
      }
      return found;
    });
    this.#owed = [];
    return inserted;
  }

  #enqueue(arrival: Arrival, isClaimed: boolean): void {
    const { id } = arrival.message.chat;
    let chat = this.#chats.get(id);
    if (chat === undefined) {
      chat = { waiting: [], isRunning: false };
      this.#chats.set(id, chat);
    }
    chat.waiting.push({ arrival, isClaimed });
    if (chat.isRunning || chat.waiting.length > 1) return;
    this.#standInLine(chat);
    this.#runReady();
  }

  #standInLine(chat: ChatQueue): void {
    this.#ready[chat.waiting[0]!.arrival.isCommand ? 'commands' : 'others'].push(chat);
  }

  #runReady(): void {
    const { commands, others } = this.#ready;
    const running = this.#running;
    while (running.commands + running.others < MOST_CHATS && commands.length > 0)
      void this.#runNext(commands.shift()!);
    while (
      running.commands + running.others < MOST_CHATS &&
      running.others < MOST_CHATS - KEPT_FOR_COMMANDS &&
      others.length > 0
    )
      void this.#runNext(others.shift()!);
  }

  /** One message of a chat; then it stands in line again behind the others, so that no chat keeps them waiting. */
  async #runNext(chat: ChatQueue): Promise<void> {
    const { arrival, isClaimed } = chat.waiting.shift()!;
    chat.isRunning = true;
    const kind = arrival.isCommand ? 'commands' : 'others';
    this.#running[kind] += 1;
    const { message, why, command } = arrival;
    const { handle, log } = this.#parts;
    try {
      if (why === null) await handle.handle(message, { isClaimed });
      else await handle.ignored(message, why, command ?? 'unknown command');
    } catch (error) {
      log.error({ err: error }, 'a message could not be handled');
    }
    chat.isRunning = false;
    this.#running[kind] -= 1;
    if (chat.waiting.length > 0) this.#standInLine(chat);
    else this.#chats.delete(message.chat.id);
    this.#runReady();
    this.#done(message);
  }

  #done({ chat: { id } }: IncomingMessage): void {
    this.#waiting -= 1;
    const waitingHere = this.#waitingIn.get(id)! - 1;
    if (waitingHere > 0) this.#waitingIn.set(id, waitingHere);
    else this.#waitingIn.delete(id);
    if (this.#waiting > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Deletes keys that nobody will ask for any more, now and every hour. */
  async #tidy(): Promise<void> {
    const { record, clock, log } = this.#parts;
    try {
      await record.store.transaction((tx) =>
        tx.run(`DELETE FROM "InboxMessage" WHERE "tenant" = ? AND "at" < ?`, [
          record.ledger.tenant,
          clock.now() - KEEP_MS,
        ]),
      );
    } catch (error) {
      log.warn({ err: error }, 'old message keys could not be deleted');
    }
    if (this.#isClosed) return;
    this.#stopTidying = clock.setTimeout(() => void this.#tidy(), TIDY_EVERY_MS, { background: true });
  }
}

function hashOf(secret: string, channel: string, key: string, what: string): string {
  return createHmac('sha256', secret).update(`${channel}\n${key}\n${what}`).digest('base64url');
}

/** Forgets messages that were taken, by the gateway's own keys. Returns how many were known. */
export async function forgetMessages(
  { store, ledger }: AuditRecord,
  keys: readonly { readonly channel: string; readonly key: string }[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const secret = await installationSecret(store, SECRET);
  return store.transaction(async (tx) => {
    let count = 0;
    for (const { channel, key } of keys)
      count += await tx.run(`DELETE FROM "InboxMessage" WHERE "tenant" = ? AND "key" = ?`, [
        ledger.tenant,
        hashOf(secret, channel, key, ''),
      ]);
    return count;
  });
}

/** A secret of this installation, made by whoever asks first. */
async function installationSecret(store: Store, name: string): Promise<string> {
  return store.transaction(async (tx) => {
    await tx.run(
      `INSERT INTO "InstallationSecret" ("name", "value") VALUES (?, ?) ON CONFLICT ("name") DO NOTHING`,
      [name, randomBytes(32).toString('base64url')],
    );
    const row = await tx.get<{ value: string }>(`SELECT "value" FROM "InstallationSecret" WHERE "name" = ?`, [
      name,
    ]);
    return row!.value;
  });
}
