/**
 * Calls that never come back. `send` hangs after the message has gone out where it is said to be `delivered`, and
 * before that else: whoever waits cannot tell the two apart.
 */
export const hanging = new Map();

const never = new Promise(() => {});

/** How many calls hang. */
export let hangs = 0;

export async function pass(call) {
  if (!hanging.has(call)) return;
  hangs += 1;
  await never;
}
