import type { Clock } from '../../../config/clock.js';

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
  let stop = (): void => {};
  const late = new Promise<never>((_, reject) => {
    stop = clock.setTimeout(() => reject(new NoAnswer(what, ms)), ms);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    stop();
  }
}
