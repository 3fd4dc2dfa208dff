import type { z } from 'zod';
import { nearest } from '../../config/nearest.js';
import { Misuse } from '../misuse.js';
import type { ActionDefinition } from './action.js';
import { BUILT_IN_ACTIONS } from './builtIn.js';

// biome-ignore lint/suspicious/noExplicitAny: a payload's type is known only to the action itself.
export type AnyAction = ActionDefinition<string, any>;

/** Payload types by action name, for a list of definitions. */
export type PayloadsOf<Actions extends readonly AnyAction[]> = {
  [A in Actions[number] as A['name']]: z.input<A['payload']>;
};

export type BuiltInPayloads = PayloadsOf<typeof BUILT_IN_ACTIONS>;

/** All actions there are: ours and those a bot builder adds. Nothing outside it can be recorded. */
export class Catalogue {
  readonly #actions = new Map<string, AnyAction>();

  constructor(additional: readonly AnyAction[] = []) {
    for (const action of [...BUILT_IN_ACTIONS, ...additional]) {
      if (this.#actions.has(action.name)) throw new TypeError(`The action ${action.name} is defined twice`);
      this.#actions.set(action.name, action);
    }
  }

  get all(): AnyAction[] {
    return [...this.#actions.values()];
  }

  find(name: string): AnyAction | undefined {
    return this.#actions.get(name);
  }

  /** The action, or an error that names the nearest one. */
  get(name: string): AnyAction {
    const action = this.#actions.get(name);
    if (action !== undefined) return action;
    const near = nearest(name.toUpperCase(), [...this.#actions.keys()]);
    throw new Misuse({
      code: 'UNKNOWN_ACTION',
      message: `There is no action ${JSON.stringify(name.slice(0, 64))} in the catalogue.`,
      hint: near === null ? 'docs/AUDIT_LOGGING.md lists them all.' : `Did you mean ${near}?`,
      example: near ?? 'ROLE_CHANGE',
    });
  }
}
