/**
 * One queue for everything in this process that writes. SQLite has one writer, Prisma's adapter lets a plain
 * write slip into somebody else's open transaction, and a second connection in the same thread that waits for
 * the first would wait for ever: so nobody writes but in his turn.
 */
export class Turns {
  /** Ends when the last turn of one alone has ended. */
  #alone: Promise<unknown> = Promise.resolve();
  /** Ends when everything has that shares the turn after it. */
  #shared: Promise<unknown> = Promise.resolve();

  /** Runs `work` alone, when everything that asked before has ended, well or badly. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const before = Promise.all([this.#alone, this.#shared]);
    const mine = before.then(work);
    this.#alone = mine.then(nothing, nothing);
    this.#shared = Promise.resolve();
    return mine;
  }

  /**
   * Runs `work` in a turn that others may share who keep their order among themselves, as the jobs of the writing
   * thread do. Whoever asked to be alone in between is waited for.
   */
  share<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#alone.then(work);
    // What the turns gave must not be held on to: under steady load this chain never ends.
    this.#shared = Promise.all([this.#shared, mine.then(nothing, nothing)]).then(nothing);
    return mine;
  }
}

const nothing = (): void => {};
