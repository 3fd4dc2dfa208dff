import type { Fate } from './writer/fate.js';

/** What became of an event that was recorded. */
export type Recorded =
  | Fate
  /** One of a flood: counted, and told in the summary at the end of its minute. */
  | { status: 'collapsed' };
