import type { Clock } from '../../../config/clock.js';
import { LATE, waitAtMost } from '../../../config/waitAtMost.js';

/** A call into the page that did not come back. Whether it did anything is unknown. */
export class NoAnswer extends Error {
  override readonly name: string = 'NoAnswer';
  readonly code = 'WHATSAPP_NO_ANSWER';

  constructor(what: string, ms: number) {
    super(`${what} did not come back within ${ms / 1000} s`);
  }
}

/** A page that crashed answers nothing, for ever: no call into it goes without a limit. */
export async function within<T>(clock: Clock, ms: number, what: string, call: () => Promise<T>): Promise<T> {
  const answer = await waitAtMost(clock, ms, call());
  if (answer === LATE) throw new NoAnswer(what, ms);
  return answer;
}
