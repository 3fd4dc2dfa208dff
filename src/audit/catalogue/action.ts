import type { z } from 'zod';

export const VERBS = [
  'CREATE',
  'READ',
  'UPDATE',
  'DELETE',
  'APPROVE',
  'REJECT',
  'OVERRIDE',
  'INTERVENE',
  'EXECUTE',
] as const;
export const OUTCOMES = ['success', 'failure', 'denied', 'ignored'] as const;
export const ACTOR_TYPES = ['user', 'system', 'agent'] as const;
export const CHANNELS = ['whatsapp', 'console', 'http', 'ws', 'scheduler', 'cli', 'system'] as const;
export const SEVERITIES = ['info', 'notice', 'warning', 'critical'] as const;
export const DELIVERIES = ['strict', 'spooled', 'collapsible'] as const;

export type Verb = (typeof VERBS)[number];
export type Outcome = (typeof OUTCOMES)[number];
export type ActorType = (typeof ACTOR_TYPES)[number];
export type Channel = (typeof CHANNELS)[number];
export type Severity = (typeof SEVERITIES)[number];

/**
 * How an event reaches the record.
 * - `strict`: together with the change it tells of, in one transaction, or neither happens.
 * - `spooled`: always kept; when the database is away it waits in the spool.
 * - `collapsible`: spooled as well, but of a flood of the same actor, action and outcome within a minute only
 *   the first is written at once, and the rest become one summary with their number.
 */
export type Delivery = (typeof DELIVERIES)[number];

/** Who acts: a phone or other address (`+4930…`, `lid:…`, `SYSTEM`, `console:local`), or more about them. */
export type Person =
  | string
  | {
      id?: string | undefined;
      phone?: string | undefined;
      name?: string | undefined;
      role?: string | undefined;
    };

/** The circumstances of an event that any action may have. */
export interface EventContext {
  actor?: Person | undefined;
  actorType?: ActorType | undefined;
  outcome?: Outcome | undefined;
  channel?: Channel | undefined;
  /** When it happened, in ms; default now. */
  at?: number | undefined;
  /** A UUID, where the caller may have to try again; default random. */
  id?: string | undefined;
  chatId?: string | undefined;
  messageKey?: string | undefined;
  requestId?: string | undefined;
  ip?: string | undefined;
  userAgent?: string | undefined;
  scopes?: readonly string[] | undefined;
  route?: string | undefined;
  method?: string | undefined;
  status?: number | undefined;
  reason?: string | undefined;
  error?: unknown;
}

/** What an action makes of its payload. */
export interface EventContent extends EventContext {
  entityId?: string | undefined;
  description?: string | undefined;
  metadata?: unknown;
  before?: unknown;
  after?: unknown;
}

/** One action of the catalogue: the data from which type, check, documentation and event are derived. */
export interface ActionDefinition<Name extends string = string, Payload extends z.ZodType = z.ZodType> {
  /** UPPER_SNAKE, at most 64 characters. */
  readonly name: Name;
  /** Upper case, for example AUTH, CONFIG, ADMIN, SECURITY, SYSTEM, or one of your own. */
  readonly category: string;
  readonly verb: Verb;
  /** What kind of thing it is done to, lower case, or null. */
  readonly entityType: string | null;
  readonly severity: Severity;
  readonly delivery: Delivery;
  /**
   * What else a flood has in common, where the same actor, action and outcome are not enough: with `entity`, events
   * about different things are not taken for one flood, so that none hides behind another. Only for what there are
   * few of, such as commands.
   */
  readonly collapsesBy?: 'entity';
  /** One line in words: when this is recorded. */
  readonly description: string;
  readonly payload: Payload;
  /** The event made of a payload. Without it the payload becomes the metadata. */
  event?(payload: z.output<Payload>): EventContent;
}

const NAME = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

/**
 * Adds an action to the record, with types for whoever records it.
 *
 * @example
 * const refunded = defineAction({
 *   name: 'ORDER_REFUNDED', category: 'ADMIN', verb: 'UPDATE', entityType: 'order', severity: 'notice',
 *   delivery: 'spooled', description: 'An order was paid back',
 *   payload: z.object({ order: z.string(), cents: z.number().int() }),
 *   event: ({ order, cents }) => ({ entityId: order, description: `Order ${order} paid back`, metadata: { cents } }),
 * });
 */
export function defineAction<const Name extends string, Payload extends z.ZodType>(
  definition: ActionDefinition<Name, Payload>,
): ActionDefinition<Name, Payload> {
  const wrong = (what: string, value: unknown, rule: string): never => {
    throw new TypeError(`Action ${definition.name}: ${what} ${JSON.stringify(value)} ${rule}`);
  };
  const { name, category, entityType, verb, severity, delivery } = definition;
  if (!NAME.test(name) || name.length > 64)
    wrong('the name', name, 'must be UPPER_SNAKE, for example ORDER_REFUNDED');
  if (!NAME.test(category) || category.length > 64)
    wrong('the category', category, 'must be upper case, for example ADMIN');
  if (entityType !== null && !/^[a-z][a-zA-Z0-9_.]{0,63}$/.test(entityType)) {
    wrong('the entity type', entityType, 'must begin in lower case, for example order');
  }
  if (!VERBS.includes(verb)) wrong('the verb', verb, `must be one of ${VERBS.join(', ')}`);
  if (!SEVERITIES.includes(severity))
    wrong('the severity', severity, `must be one of ${SEVERITIES.join(', ')}`);
  if (!DELIVERIES.includes(delivery))
    wrong('the delivery', delivery, `must be one of ${DELIVERIES.join(', ')}`);
  return definition;
}
