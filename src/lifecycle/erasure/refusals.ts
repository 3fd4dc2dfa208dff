import { UserError } from '../../config/userError.js';

export const personHeld = ({ id, reason }: { id: string; reason: string }) =>
  new UserError({
    code: 'HELD',
    message: `All that is about this person is under hold #${id}, so nothing was erased: ${reason}`,
    hint: 'An OWNER can release the hold when its reason is gone.',
    example: `hold release ${id}`,
  });

/** The same in the middle of it, when role and place are gone already. */
export const heldHalfWay = ({ code, message, example }: UserError) =>
  new UserError({
    code,
    message,
    hint: 'The erasure has begun, and role and links are gone. The rest of it follows by itself when the hold is released.',
    ...(example !== undefined && { example }),
  });

export const BUSY = {
  code: 'TAKING_AWAY_BUSY',
  message: 'Retention or another erasure is at work just now, and only one may be at a time.',
  hint: 'Try again in a minute.',
};

export const NOTHING_KEPT = {
  code: 'NOTHING_KEPT',
  message: 'Nothing is kept about this person, so there is nothing to erase.',
  hint: 'They are known by number, LID or a name that only they have: look whether it is the right one.',
};

export const THE_CONSOLE = {
  code: 'NOT_A_PERSON',
  message: 'The console is nobody in particular: whoever sits at it is known by no number.',
  hint: 'Name somebody by number, LID or name.',
  example: 'forget +12025550101',
};

export const CONFIGURED = {
  code: 'CONFIGURED_OWNER',
  message:
    'This person is named in REEVE_OWNERS, which no program may change and which would make them OWNER again.',
  hint: 'Take the number out of REEVE_OWNERS, start again, and then erase.',
};

export const SPOOL_WAITS = {
  code: 'SPOOL_WAITS',
  message: 'Events wait for the database, and some may be about this person.',
  hint: 'Try again when they are written: status says how many wait.',
  example: 'status',
};

export const HOLDS_CHANGE = {
  code: 'HOLDS_CHANGE',
  message: 'Holds are being laid or released just now, so it cannot be told what may go.',
  hint: 'Try again in a moment.',
};

export const TAKEN_OVER = {
  code: 'TAKEN_OVER',
  message: 'This process stood still for so long that another one took the work over, so it ends here.',
  hint: 'What was begun is finished at the next start of any of them, if it is not done already.',
};

export const unsignedOrder = (id: string) =>
  new UserError({
    code: 'UNSIGNED_ORDER',
    message: `The table PendingErasure holds an order to erase somebody (${id.slice(0, 40)}) that was not given here, or was carried out before. Nothing was erased by it.`,
    hint: 'Somebody has written to the database beside Reeve: find out who. Erasure and retention wait until the row is gone.',
    example: `DELETE FROM "PendingErasure" WHERE "id" = '…'`,
  });
