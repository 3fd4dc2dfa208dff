import { UserError } from '../config/userError.js';

/**
 * A mistake of the program that calls, not of whoever sits in front of it: an event that does not fit its action, a
 * transaction in a transaction. It says to a developer how it is mended; in a chat it is a bug like any other.
 */
export class Misuse extends UserError {}
