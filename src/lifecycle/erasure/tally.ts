import type { Left } from './holder.js';
import type { ErasureState } from './pending.js';

/** Counts what was taken away in one place, and keeps what is left there. */
export function addReached(
  state: ErasureState,
  name: string,
  count: number,
  left: readonly Left[] = [],
): void {
  state.reached[name] = (state.reached[name] ?? 0) + count;
  addLeft(state, left);
}

/** Each once, however often it is found. */
export function addLeft({ left }: ErasureState, more: readonly Left[]): void {
  for (const one of more)
    if (!left.some(({ what, why }) => what === one.what && why === one.why)) left.push(one);
}
