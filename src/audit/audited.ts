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

/**
 * Wraps a function of the host's so that every call leaves one event: success with the states before and after,
 * failure with the error, refusal as a denial. The caller gets exactly what the function gave, also where the event
 * could not be recorded.
 */
export function audited<Payload, Args extends unknown[], Result>(
  record: RecordCall<Payload>,
  work: (...args: Args) => Result | Promise<Result>,
  call: AuditedCall<Payload, Args, Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const tell = async (outcome: Outcome, states: EventContext & { before?: unknown; after?: unknown }) => {
      try {
        await record(call.payload(...args), { ...call.context?.(...args), outcome, ...states });
      } catch {
        // Describing the call failed, and the call itself did not: its caller must not notice.
      }
    };
    const before = await quietly(() => call.before?.(...args));
    let result: Result;
    try {
      result = await work(...args);
    } catch (error) {
      const denied = error instanceof Denied || (call.isDenial?.(error) ?? false);
      await tell(denied ? 'denied' : 'failure', { before, error });
      throw error;
    }
    const after = await quietly(() =>
      call.after !== undefined ? call.after(result, ...args) : call.before === undefined ? undefined : result,
    );
    await tell('success', { before, after });
    return result;
  };
}

async function quietly(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}
