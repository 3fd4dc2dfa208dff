import type { Performer, Person } from '../access/person.js';
import { ROLES, type Role } from '../access/role.js';
import type { Arguments, ValuesOf } from './argument.js';
import type { IncomingMessage } from './message.js';
import type { Reply } from './reply.js';
import type { Services } from './services.js';
import type { Text } from './text.js';

export const GROUPS = ['Record', 'People', 'Order', 'Bot'] as const;
export type Group = (typeof GROUPS)[number];

/** The circumstances in which a command is run. */
export interface CommandContext {
  readonly person: Person;
  readonly message: IncomingMessage;
  /** The same as a performer: hand it to whatever changes something. */
  readonly performer: Performer;
  readonly services: Services;
  readonly prefix: string;
  readonly now: number;
  /** How somebody is called in this chat: by name, and by number as far as this audience may see it. */
  show(who: Person | string): Text;
}

/**
 * What a command leaves in the record. One that changes something names the action of its event: the handler
 * records it together with the change, and the router records it where that failed. One that reads leaves
 * AUDIT_LOG_VIEWED or USAGE_QUERY, which the router records. One whose handler records what it did, and changes
 * nothing by that (an export), `records: 'itself'`. `nothing` is for help and the like.
 *
 * Where the arguments decide which action it is, all that it can be are named, and a failure is COMMAND_FAILED.
 */
export type Leaves =
  | { readonly changes: string | readonly string[] }
  | { readonly reads: 'AUDIT_LOG_VIEWED' | 'USAGE_QUERY' }
  | { readonly records: 'itself' }
  | 'nothing';

/**
 * A command: data and a handler. Help, permission, audit, suggestions, completion, the reference page and the tests
 * are made from this data.
 */
export interface Command<Args extends Arguments = Arguments> {
  /** One or two words: `audit list`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly group: Group;
  /** One line, what it does. */
  readonly summary: string;
  /** The least role that may run it. */
  readonly role: Role;
  /** Who may do it to whom or what, in sentences, where the role alone does not tell. */
  readonly whoMay: string | null;
  readonly isDirectOnly: boolean;
  /** In the order in which they are written. */
  readonly args: Args;
  readonly leaves: Leaves;
  /** Whole commands that work, without the prefix; the first one is shown where somebody got it wrong. */
  readonly examples: readonly string[];
  /**
   * What will happen, in plain words, where that has to be confirmed with a code; null where it need not be. Refuses
   * (throws) what would be refused anyway, so that nobody confirms in vain.
   */
  confirm?(context: CommandContext, values: ValuesOf<Args>): Promise<Text | null>;
  handle(context: CommandContext, values: ValuesOf<Args>): Promise<Reply>;
}

type Optional = 'aliases' | 'whoMay' | 'isDirectOnly';

/**
 * Makes a command, with types that tie its arguments to its handler.
 *
 * @example
 * const greet = defineCommand({
 *   name: 'greet', group: 'Bot', summary: 'Greets somebody', role: 'USER', leaves: 'nothing',
 *   args: { person: person() }, examples: ['greet @Ana'],
 *   handle: async ({ show }, { person }) => ({ text: say`Hello ${show(person)}!` }),
 * });
 */
export function defineCommand<const Args extends Arguments>(
  definition: Omit<Command<Args>, Optional> & Partial<Pick<Command<Args>, Optional>>,
): Command<Args> {
  const command = { aliases: [], whoMay: null, isDirectOnly: false, ...definition };
  const wrong = (what: string): never => {
    throw new TypeError(`The command ${JSON.stringify(command.name)}: ${what}`);
  };
  for (const name of [command.name, ...command.aliases])
    if (!/^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?$/.test(name))
      wrong(`${JSON.stringify(name)} must be one or two words in lower case, for example "audit list"`);
  // TypeScript says so earlier; a host may be written without it.
  if (!GROUPS.includes(command.group)) wrong(`its group must be one of ${GROUPS.join(', ')}`);
  if (!ROLES.includes(command.role)) wrong(`its role must be one of ${ROLES.join(', ')}`);
  if (!isLeaves(command.leaves))
    wrong(
      "what it `leaves` must be 'nothing', { changes: 'THE_ACTION' }, { reads: 'AUDIT_LOG_VIEWED' } or { records: 'itself' }",
    );
  if (command.examples.length === 0) wrong('it needs an example');
  const positional = Object.values(command.args).filter(({ kind }) => kind !== 'named');
  positional.forEach((argument, index) => {
    if (argument.kind === 'rest' && index < positional.length - 1) wrong('`rest` must be the last argument');
    if (!argument.isOptional && positional.slice(0, index).some(({ isOptional }) => isOptional))
      wrong('an argument that must be given cannot follow one that may be left out');
  });
  return command;
}

const isLeaves = (leaves: unknown): leaves is Leaves =>
  leaves === 'nothing' ||
  (typeof leaves === 'object' &&
    leaves !== null &&
    ['changes', 'reads', 'records'].some((kind) => kind in leaves));
