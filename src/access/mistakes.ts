import { UserError } from '../config/userError.js';
import type { Role } from './role.js';

/** What is no refusal, and still cannot be done: it is so already, or not any more. */
export const alreadySo = (what: string) =>
  new UserError({ code: 'ALREADY_SO', message: `${what} already, so nothing was changed.` });

export const movedOn = (from: Role, role: Role) =>
  new UserError({
    code: 'MOVED_ON',
    message: `This person is ${role} by now, and not ${from}, so nothing was changed.`,
    hint: 'Look once more, and decide again.',
    example: 'role show +12025550100',
  });

export const notUp = (role: Role, newRole: Role) =>
  new UserError({
    code: 'NOT_A_PROMOTION',
    message: `This person is ${role}, which is more than ${newRole}.`,
    hint: 'To take something away, demote.',
    example: `role demote +12025550100 ${newRole.toLowerCase()}`,
  });

export const whitelistEmpty = () =>
  new UserError({
    code: 'WHITELIST_EMPTY',
    message: 'There is nobody on the whitelist, so switching it on would shut everybody out.',
    hint: 'Put somebody on it first.',
    example: 'whitelist add +12025550100',
  });

export const notDown = (role: Role, newRole: Role) =>
  new UserError({
    code: 'NOT_A_DEMOTION',
    message: `This person is ${role}, which is less than ${newRole}.`,
    hint: 'To give something, promote.',
    example: `role promote +12025550100 ${newRole.toLowerCase()}`,
  });
