/**
 * Time, handed in, so that a test can hold it still. Whatever waits takes a `Clock` and keeps what
 * `setTimeout` returns, which ends the wait.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` after `ms`, unless the returned function is called before. */
  setTimeout(fn: () => void, ms: number, options?: TimerOptions): () => void;
}

export interface TimerOptions {
  /** True for what need not keep the process alive, such as work that the next start would do as well. */
  background?: boolean;
}

/** Node takes a longer wait for one millisecond. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(fn, ms, options) {
    let timer: NodeJS.Timeout;
    const wait = (left: number) => {
      const step = Math.min(left, LONGEST);
      timer = setTimeout(() => (left > step ? wait(left - step) : fn()), step);
      if (options?.background) timer.unref();
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};
