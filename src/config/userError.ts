/**
 * A mistake of the person in front of the program, or a situation they can mend. It carries a stable code, what
 * was wrong with the rule that was broken, how to go on, and an example that works. It is shown, never logged
 * as an error. Whatever is thrown and is not one of these is a bug.
 */
export interface UserErrorDetails {
  code: string;
  /** What was wrong, and the bound. Never holds a phone number, a token or a message. */
  message: string;
  /** What to do about it. */
  hint?: string;
  /** A good value or command, ready to be copied. */
  example?: string;
}

export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly example: string | undefined;

  constructor({ code, message, hint, example }: UserErrorDetails) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.example = example;
  }
}
