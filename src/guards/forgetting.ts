import type { LimitStates } from './limitStates.js';

/** How often somebody asked, for whoever erases them. Keys hold addresses and direct chats. */
export function limitsHolder(states: LimitStates) {
  return {
    name: 'limits',
    find: (whom: { isIn(text: string): boolean }): Promise<number> =>
      states.countWhere((key) => whom.isIn(key)),
    erase: async (whom: { isIn(text: string): boolean }): Promise<{ count: number }> => ({
      count: await states.forgetWhere((key) => whom.isIn(key)),
    }),
  };
}
