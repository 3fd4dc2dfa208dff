import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import { JobRuns } from '../lifecycle/jobRuns.js';
import { witnessEvery } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import { noteLine } from '../signing/noteLine.js';
import type { Owners } from './owners.js';
import { code, lines, say } from './text.js';

const LOOK_MS = 3_600_000;

const JOB = 'witness';

export interface WitnessingParts {
  readonly record: AuditRecord;
  readonly settings: Settings;
  readonly owners: Pick<Owners, 'tell'>;
  readonly clock: Clock;
  readonly log: Log;
  /** What a command begins with, now. */
  readonly prefix: () => string;
}

/**
 * Makes the chat a witness: now and then a signed checkpoint goes to the owners' direct chats. Copies on their phones
 * are out of reach of whoever has the database and the key, so what they cover cannot be rewritten any more without
 * being found out. Of several processes one sends it; the first one goes when the time between two is over.
 */
export class Witnessing {
  readonly #parts: WitnessingParts;
  readonly #runs: JobRuns;
  #cancel: (() => void) | null = null;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(parts: WitnessingParts) {
    this.#parts = parts;
    this.#runs = new JobRuns(parts.record.store, parts.record.ledger.tenant);
  }

  start(): void {
    if (this.#cancel !== null) return;
    this.#lookLater(0);
  }

  async close(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#looking;
  }

  /** Sends one, where it is time. Returns whether it did. */
  async look(): Promise<boolean> {
    const { settings, clock } = this.#parts;
    await settings.refresh();
    const every = settings.get(witnessEvery);
    if (every === null) return false;
    const now = clock.now();
    const at = (await this.#runs.last(JOB))?.toldAt ?? null;
    // A clock that was put back must not keep it waiting until it is there again.
    const isFromTomorrow = at !== null && at - now > every;
    if (at !== null && now - at < every && !isFromTomorrow) return false;
    const unlessSince = isFromTomorrow ? at + 1 : now - every + 1;
    // Nobody is written to by a bot the moment they have set it up.
    if (at === null) {
      await this.#runs.mayTell(JOB, now, unlessSince);
      return false;
    }
    return this.#runs.tellOnce(JOB, now, unlessSince, () => this.#send());
  }

  async #send(): Promise<void> {
    const { record, owners, prefix } = this.#parts;
    const { size, note } = await record.sign();
    const text = lines(
      code(noteLine(note)),
      say`A signed checkpoint over ${size === 1 ? 'the first entry' : `the first ${size} entries`} of the record. Keep this message: while it is here, nobody can rewrite them unnoticed. To hold today's record to it, answer it with ${code(`${prefix()}audit witness`)}`,
    );
    if ((await owners.tell(text, 'a checkpoint to keep')) === 0) throw new Error('no owner was reached');
  }

  #lookLater(ms: number): void {
    const { clock, log } = this.#parts;
    this.#cancel = clock.setTimeout(
      () => {
        this.#looking = this.look().catch((error: unknown) => {
          log.warn(
            { code: (error as NodeJS.ErrnoException | null)?.code },
            'no checkpoint could be sent to the owners',
          );
        });
        this.#lookLater(LOOK_MS);
      },
      ms,
      { background: true },
    );
  }
}
