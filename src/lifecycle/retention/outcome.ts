import { UserError } from '../../config/userError.js';

/** What one run did. */
export interface RetentionRun {
  outcome: 'success' | 'failure';
  days: number;
  startedAt: number;
  ms: number;
  /** Rows that are gone since, leftovers of a killed run included. */
  removed: number;
  /** Segments that went into the archive. */
  archived: number;
  /** Segments that left the archive for their age. */
  expired: number;
  /** Why it could not go on, or null. */
  failure: UserError | null;
}

/** The code of what nobody foresaw, such as a database that is away: to be tried again before long. */
export const COULD_NOT_GO_ON = 'RETENTION_FAILED';

export type RefusalCode =
  | 'CLOCK_BEHIND'
  | 'NEWEST_EXPIRED'
  | 'NOT_VERIFIED'
  | 'NOT_EXPIRED'
  | 'HELD_MEANWHILE'
  | 'ERASURE_UNDER_WAY'
  | 'ARCHIVE_FAILED';

/** Why retention deletes nothing, as what the operator reads. */
export class RetentionRefusal extends UserError {
  override readonly name = 'RetentionRefusal';

  constructor(code: RefusalCode, detail = '') {
    const { message, hint } = WORDS[code](detail);
    super({ code: `RETENTION_${code}`, message, hint });
  }
}

const WORDS: Record<RefusalCode, (detail: string) => { message: string; hint: string }> = {
  CLOCK_BEHIND: () => ({
    message:
      'Retention deleted nothing: the newest entry is from later than it is now, so the clock is wrong.',
    hint: 'Set the clock of this machine right; the next run goes on by itself.',
  }),
  NEWEST_EXPIRED: () => ({
    message:
      'Retention deleted nothing: even the newest entry would have expired, so the clock is wrong or nothing was recorded for all that time.',
    hint: 'Look at the clock of this machine. Once something new is recorded, the next run goes on by itself.',
  }),
  NOT_VERIFIED: (detail) => ({
    message: `Retention deleted nothing more, because the entries that would go do not verify: ${detail}.`,
    hint: 'What was changed can still be seen as long as they are there. Find out more with: reeve verify',
  }),
  NOT_EXPIRED: (detail) => ({
    message: `Retention deleted nothing more: ${detail}.`,
    hint: 'The next run looks again.',
  }),
  HELD_MEANWHILE: (detail) => ({
    message: `Retention deleted nothing more: a legal hold was laid on entry ${detail} while it was at work.`,
    hint: 'The next run goes as far as the hold lets it.',
  }),
  ERASURE_UNDER_WAY: () => ({
    message: 'Retention deleted nothing more, because the erasure of somebody is under way.',
    hint: 'The next run goes on once that is done. An erasure that was cut short is finished at the next start; where it cannot be, the log says why.',
  }),
  ARCHIVE_FAILED: (detail) => ({
    message: `Retention deleted nothing more, because the archive could not be written: ${detail}`,
    hint: 'Nothing leaves the ledger before it is in the archive. Look at the folder AUDIT_ARCHIVE_DIR: space, permissions, whether it is mounted.',
  }),
};
