import { join } from 'node:path';
import type { Clock } from '../config/clock.js';
import type { Database } from '../config/database.js';
import type { Log } from '../config/log.js';
import { UserError } from '../config/userError.js';
import { readMemory } from '../signing/memory.js';
import type { KeptCheckpoint } from '../signing/signer.js';
import { readTrustedKeys } from '../signing/trustedKeys.js';
import { Store } from '../store/store.js';
import type { EventContent } from './catalogue/action.js';
import { type AnyAction, type BuiltInPayloads, Catalogue } from './catalogue/catalogue.js';
import { bindDataDirectory, demandBelonging, demandDatabaseFile, readInstallation } from './dataDirectory.js';
import { contentOf, type EventSettings, makeEvent } from './event.js';
import { AuditIndex } from './index/auditIndex.js';
import { IndexFollower } from './index/follower.js';
import { AuditLogger } from './logger.js';
import { Mirror, type MirrorStatus } from './mirror/mirror.js';
import { type OpenLedger, openLedger } from './openLedger.js';
import { createRedactor } from './redaction/redactor.js';
import { AuditRepository } from './repository.js';
import { rotateKey } from './rotateKey.js';
import { transact } from './transact.js';
import { verifyLedger } from './verify/verifyLedger.js';
import type { Fate } from './writer/fate.js';
import { LedgerThread } from './writer/ledgerThread.js';
import { WriteFailure } from './writer/protocol.js';
import { Spool } from './writer/spool.js';
import { Writer, type WriterStatus } from './writer/writer.js';

/** The longest that an entry stays without a checkpoint over it. */
const CHECKPOINT_WITHIN_MS = 10 * 60_000;

export interface RecordSettings {
  database: Database;
  dataDir: string;
  instance: string;
  tenant: string;
  signingKey: string | undefined;
  batch: { max: number; waitMs: number };
  blockMaxMs: number;
  spoolMaxBytes: number;
  entryMaxBytes: number;
  /** More key names whose values are secret. */
  secretKeys?: readonly string[];
  /** Where the NDJSON mirror is kept; without it there is none. */
  mirrorDir?: string | undefined;
  /** Actions of the host's own. */
  actions?: readonly AnyAction[];
}

export interface RecordStatus extends WriterStatus {
  /** Null where there is no mirror. Its failing never makes the record fail. */
  mirror: MirrorStatus | null;
}

/** One tenant's record, open for writing and reading. */
export class AuditRecord<Payloads extends BuiltInPayloads = BuiltInPayloads> {
  readonly store: Store;
  readonly ledger: OpenLedger;
  readonly catalogue: Catalogue;
  readonly logger: AuditLogger<Payloads>;
  readonly migrated: readonly string[];
  readonly mirror: Mirror | null;
  readonly repository: AuditRepository;
  readonly #index: AuditIndex;
  readonly #follower: IndexFollower;
  readonly #writer: Writer;
  readonly #thread: LedgerThread;
  readonly #events: EventSettings;
  readonly #settings: RecordSettings;
  /** The transactions that are under way. */
  readonly #changes = new Set<Promise<unknown>>();
  #closed = false;
  #closing: Promise<void> | null = null;

  private constructor(
    opened: { store: Store; ledger: OpenLedger; migrated: string[] },
    settings: RecordSettings,
    clock: Clock,
    log: Log,
  ) {
    const { store, ledger } = opened;
    this.store = store;
    this.#settings = settings;
    this.ledger = ledger;
    this.migrated = opened.migrated;
    this.catalogue = new Catalogue(settings.actions);
    this.mirror =
      settings.mirrorDir === undefined
        ? null
        : new Mirror({ store, tenant: settings.tenant, folder: settings.mirrorDir, clock, log });
    const { database, dataDir, tenant } = settings;
    const onTrouble = (error: unknown) =>
      log.warn({ code: (error as NodeJS.ErrnoException).code }, 'the index does not follow the ledger');
    this.#index = new AuditIndex({ database, dataDir, tenant, onTrouble }, store.read);
    this.#follower = new IndexFollower(this.#index, clock, onTrouble);
    this.repository = new AuditRepository({
      reads: store.read,
      tenant,
      index: this.#index,
      clock,
      create: (action, content) => this.write(action, content),
      verify: ({ sinceCheckpoint = false }) =>
        verifyLedger({
          reads: store.read,
          database,
          tenant,
          dataDir,
          keys: readTrustedKeys(dataDir, ledger.origin),
          sinceCheckpoint,
          now: clock.now(),
        }),
    });
    const events: EventSettings = {
      tenant: settings.tenant,
      redactor: createRedactor({ keys: settings.secretKeys ?? [] }),
      entryMaxBytes: settings.entryMaxBytes,
      now: () => clock.now(),
    };
    this.#events = events;
    const identity = { tenant: ledger.tenant, vkey: ledger.vkey };
    // A little less than a caller is kept waiting, so that the real reason comes back in time.
    const lockWaitMs = Math.max(100, Math.floor(settings.blockMaxMs * 0.75));
    this.#thread = new LedgerThread({
      target: settings.database,
      ledger: identity,
      dataDir: settings.dataDir,
      origin: ledger.origin,
      configuredKey: settings.signingKey,
      lockWaitMs,
    });
    this.#writer = new Writer({
      thread: this.#thread,
      spool: new Spool(join(settings.dataDir, 'spool'), settings.tenant, settings.spoolMaxBytes),
      turns: store.turns,
      clock,
      settings: {
        batchMax: settings.batch.max,
        batchWaitMs: settings.batch.waitMs,
        blockMaxMs: settings.blockMaxMs,
      },
      checkpointWithinMs: CHECKPOINT_WITHIN_MS,
      lossDraft: ({ count, from, until, reason }) => {
        const action = this.catalogue.get('AUDIT_LOSS');
        return makeEvent(action, contentOf(action, { count, from, until, cause: reason }, {}), events);
      },
      onCommitted: () => {
        this.mirror?.nudge();
        this.#follower.nudge();
      },
      onTrouble: ({ kind, code, message }) => log.error({ kind, code }, `the record: ${message}`),
    });
    this.logger = new AuditLogger<Payloads>({
      catalogue: this.catalogue,
      settings: events,
      clock,
      log,
      append: (draft) => this.#writer.append(draft),
      shed: (reason) => this.#writer.lose(reason),
      transact: (work) => {
        const change = (async () => {
          this.#demandOpen();
          this.#writer.demandWritable();
          let count = 0;
          const result = await transact(store, identity, lockWaitMs, (tx, append) =>
            work(tx, async (draft) => {
              const receipt = await append(draft);
              count += 1;
              return receipt;
            }),
          );
          if (count > 0) this.#writer.committedElsewhere(count);
          return result;
        })();
        const ended: Promise<unknown> = change.catch(() => {}).finally(() => this.#changes.delete(ended));
        this.#changes.add(ended);
        return change;
      },
    });
  }

  /**
   * Opens the record: migrates the database, makes or loads the signing key, compares the ledger with what was
   * signed, and writes what earlier processes had to leave in the spool. Refuses where writing would be wrong.
   */
  static async open<Payloads extends BuiltInPayloads = BuiltInPayloads>(
    settings: RecordSettings,
    clock: Clock,
    log: Log,
  ): Promise<AuditRecord<Payloads>> {
    demandDatabaseFile(settings.dataDir, settings.database);
    const { store, migrated, restoredGuards } = await Store.open(settings.database);
    try {
      const now = clock.now();
      const { dataDir, database, instance } = settings;
      // Asked before an empty database gets a name, and again for one that another process has named meanwhile.
      demandBelonging(dataDir, await readInstallation(store.read), database, instance);
      const installation = await store.installation(instance, now);
      demandBelonging(dataDir, installation, database, instance);
      const ledger = await openLedger(store, settings, now);
      // Only now: a directory that was named by mistake must not be taken for this database's from then on.
      bindDataDirectory(dataDir, installation, database);
      const record = new AuditRecord<Payloads>({ store, ledger, migrated }, settings, clock, log);
      try {
        await record.#start(restoredGuards);
      } catch (error) {
        await record.#thread.close();
        throw error;
      }
      return record;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Records an event whose content is given field by field. Throws a `UserError` where it does not fit. */
  write(action: string, content: EventContent): Promise<Fate> {
    return this.#writer.append(makeEvent(this.catalogue.get(action), content, this.#events));
  }

  /** A signed checkpoint over all that is committed. */
  async sign(): Promise<KeptCheckpoint> {
    this.#demandOpen();
    await this.flush();
    try {
      return await this.#writer.checkpoint();
    } catch (error) {
      throw asUserError(error);
    }
  }

  /** A signed checkpoint of exactly this size, which all that is committed goes on from. */
  async signAt(size: number): Promise<KeptCheckpoint> {
    await this.sign();
    try {
      return await this.store.turns.share(() => this.#thread.ask({ kind: 'signAt', size }));
    } catch (error) {
      throw asUserError(error);
    }
  }

  /** Replaces the signing key and closes the record: this process holds the old key. Returns the new verifier key. */
  async rotateKey(reason: string | undefined): Promise<string> {
    const { dataDir, signingKey } = this.#settings;
    if (signingKey !== undefined) {
      throw new UserError({
        code: 'KEY_FROM_OUTSIDE',
        message: 'The signing key is given by REEVE_SIGNING_KEY, so it cannot be replaced here.',
        hint: 'Unset it and put the key into the data directory as signing-key.pem; rotate; then give the new file to the other processes.',
      });
    }
    await this.sign();
    await this.#stopWriting();
    const { origin, tenant, key, vkey } = this.ledger;
    const draft = (newVkey: string) => {
      const action = this.catalogue.get('KEY_ROTATED');
      return makeEvent(
        action,
        contentOf(action, { oldKey: vkey, newKey: newVkey, reason }, {}),
        this.#events,
      );
    };
    try {
      return await rotateKey({ store: this.store, dataDir, tenant, origin, oldKey: key, draft });
    } finally {
      await this.close();
    }
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Leaves nothing in the index of what was in it, after an erasure. It grows again in the background. */
  async purgeIndex(): Promise<void> {
    await this.#index.purge();
    this.#follower.nudge();
  }

  /** How it is, from memory: asks no database, so it answers when there is none. */
  status(): RecordStatus {
    return { ...this.#writer.status(), mirror: this.mirror?.status() ?? null };
  }

  /** Writes what is pending, signs, and lets everything go. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (!this.#closed) await this.#stopWriting();
      await this.store.close();
    })();
    return this.#closing;
  }

  async #stopWriting(): Promise<void> {
    this.#closed = true;
    this.logger.close();
    // What they wrote is to be signed as well.
    await Promise.all(this.#changes);
    await this.#writer.close();
    await this.#thread.close();
    await this.mirror?.close();
    await this.#follower.stop();
    await this.#index.close();
  }

  #demandOpen(): void {
    if (!this.#closed) return;
    throw new UserError({
      code: 'RECORD_CLOSED',
      message: 'The record is closed: nothing is written to it or signed any more.',
      hint: 'Close it as the last thing a process does, or open it again.',
    });
  }

  async #start(restoredGuards: string[]): Promise<void> {
    try {
      await this.#thread.ask({ kind: 'compare' });
      // Nothing is written before something is signed: the signer goes on from there, and from nothing else.
      const { dataDir, tenant } = this.#settings;
      if (readMemory(dataDir, tenant) === null) await this.#thread.ask({ kind: 'sign', again: false });
    } catch (error) {
      throw asUserError(error);
    }
    await this.#writer.start();
    this.mirror?.start();
    this.#follower.start();
    if (restoredGuards.length > 0) {
      await this.logger.record('AUDIT_GUARDS_RESTORED', {
        guards: restoredGuards,
      } as Payloads['AUDIT_GUARDS_RESTORED']);
    }
  }
}

/** A refusal that crossed from the writing thread, as the user error it was there. */
function asUserError(error: unknown): unknown {
  if (!(error instanceof WriteFailure) || error.hint === undefined) return error;
  const { code, message, hint } = error;
  return new UserError({ code, message, ...(hint !== undefined && { hint }) });
}
