import type { EventContext, Outcome } from './catalogue/action.js';
import type { Recorded } from './recorded.js';

/** Thrown by host code that refuses: the event then has the outcome `denied`. */
export class Denied extends Error {
  override readonly name = 'Denied';
}

/** How a call becomes an event. */
export interface AuditedCall<Payload, Args extends unknown[], Result> {
  /** The action's payload, from the arguments of the call. */
  payload(...args: Args): Payload;
  /** Who, where, and the rest of the circumstances. */
  context?(...args: Args): EventContext;
  /** The state before the call, read just before it. */
  before?(...args: Args): unknown;
  /** The state after it; by default what the call returned, where `before` is given. */
  after?(result: Result, ...args: Args): unknown;
  /** Whether an error means that somebody was refused. Errors of the class `Denied` always do. */
  isDenial?(error: unknown): boolean;
}

type RecordCall<Payload> = (payload: Payload, context: EventContext) => Promise<Recorded>;

/** Told which part of the description of a call has failed, and with what. */
type Mistaken = (part: keyof AuditedCall<unknown, unknown[], unknown>, error: unknown) => void;

/**
 * Wraps a function of the host's so that every call leaves one event: success with the states before and after,
 * failure with the error, refusal as a denial. The caller gets exactly what the function gave, also where the event
 * could not be recorded, or where a part of `call` fails: that is told to `mistaken`, and the event goes without it.
 */
export function audited<Payload, Args extends unknown[], Result>(
  record: RecordCall<Payload>,
  work: (...args: Args) => Result | Promise<Result>,
  call: AuditedCall<Payload, Args, Result>,
  mistaken: Mistaken,
): (...args: Args) => Promise<Result> {
  const failed = Symbol('failed');
  const ask = async <T>(part: Parameters<Mistaken>[0], read: () => T | Promise<T>) => {
    try {
      return await read();
    } catch (error) {
      mistaken(part, error);
      return failed;
    }
  };
  const stateOf = async (part: 'before' | 'after', read: () => unknown) => {
    const state = await ask(part, read);
    return state === failed ? undefined : state;
  };
  return async (...args) => {
    const tell = async (outcome: Outcome, states: EventContext & { before?: unknown; after?: unknown }) => {
      const payload = await ask('payload', () => call.payload(...args));
      if (payload === failed) return;
      const context = await ask('context', () => call.context?.(...args));
      await record(payload as Payload, { ...(context === failed ? undefined : context), outcome, ...states });
    };
    const before = await stateOf('before', () => call.before?.(...args));
    let result: Result;
    try {
      result = await work(...args);
    } catch (error) {
      const isDenial = await ask(
        'isDenial',
        () => error instanceof Denied || (call.isDenial?.(error) ?? false),
      );
      await tell(isDenial === true ? 'denied' : 'failure', { before, error });
      throw error;
    }
    const after = await stateOf('after', () =>
      call.after !== undefined ? call.after(result, ...args) : call.before === undefined ? undefined : result,
    );
    await tell('success', { before, after });
    return result;
  };
}
