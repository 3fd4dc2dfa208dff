import { z } from 'zod';
import { defineAction, type EventContent, type Person } from './action.js';

/** Somebody named by phone or id, or described. */
const person = z.union([
  z.string().min(1),
  z.object({ id: z.string(), phone: z.string(), name: z.string(), role: z.string() }).partial(),
]);
const role = z.string().min(1);
const reason = z.string().optional();
const flag = z.boolean().optional();

/** How a person is called in a description: the name if there is one. Descriptions are private and erasable. */
function called(who: Person): string {
  if (typeof who === 'string') return who;
  return who.name ?? who.phone ?? who.id ?? 'somebody';
}

/** The id under which a person is found as the entity of an event. */
function idOf(who: Person): string | undefined {
  return typeof who === 'string' ? who : (who.id ?? who.phone);
}

/** The address where it is known: what somebody's own things are found under, whatever row they have. */
function addressOf(who: Person): string | undefined {
  return typeof who === 'string' ? who : (who.phone ?? who.id);
}

function withActor(performedBy: Person | undefined, content: EventContent): EventContent {
  return performedBy === undefined ? content : { actor: performedBy, ...content };
}

/** The case number of the event whose change this one takes back. */
const undoes = z.number().int().positive().optional();

const by = { performedBy: person.optional(), reason, undoes };

const taken = (undoes: number | undefined) => (undoes === undefined ? undefined : { undoes });

/** The module's own actions. The order is the order of the table in the documentation. */
export const BUILT_IN_ACTIONS = [
  defineAction({
    name: 'ROLE_CHANGE',
    category: 'ADMIN',
    verb: 'UPDATE',
    entityType: 'user',
    severity: 'warning',
    delivery: 'strict',
    description: "A person's role was changed",
    payload: z.object({ ...by, performedBy: person, targetUser: person, oldRole: role, newRole: role }),
    event: ({ performedBy, targetUser, oldRole, newRole, reason, undoes }) => ({
      actor: performedBy,
      entityId: idOf(targetUser),
      description: `${called(performedBy)} made ${called(targetUser)} ${newRole} (was ${oldRole})`,
      before: { role: oldRole },
      after: { role: newRole },
      metadata: taken(undoes),
      reason,
    }),
  }),
  defineAction({
    name: 'WHITELIST_CHANGE',
    category: 'ADMIN',
    verb: 'UPDATE',
    entityType: 'whitelist',
    severity: 'warning',
    delivery: 'strict',
    description: 'A person was put on or taken off the whitelist, or the whitelist was switched on or off',
    payload: z.object({
      ...by,
      change: z.enum(['added', 'removed', 'on', 'off']),
      targetUser: person.optional(),
    }),
    event: ({ performedBy, change, targetUser, reason, undoes }) =>
      withActor(performedBy, {
        entityId: targetUser === undefined ? undefined : idOf(targetUser),
        description:
          targetUser === undefined
            ? `The whitelist was switched ${change}`
            : `${called(targetUser)} was ${change} ${change === 'added' ? 'to' : 'from'} the whitelist`,
        before: targetUser === undefined ? { enabled: change === 'off' } : { listed: change === 'removed' },
        after: targetUser === undefined ? { enabled: change === 'on' } : { listed: change === 'added' },
        metadata: taken(undoes),
        reason,
      }),
  }),
  defineAction({
    name: 'USER_ACTIVATION_CHANGE',
    category: 'ADMIN',
    verb: 'UPDATE',
    entityType: 'user',
    severity: 'warning',
    delivery: 'strict',
    description: 'A person was deactivated or activated again',
    payload: z.object({ ...by, targetUser: person, active: z.boolean() }),
    event: ({ performedBy, targetUser, active, reason, undoes }) =>
      withActor(performedBy, {
        entityId: idOf(targetUser),
        description: `${called(targetUser)} was ${active ? 'activated' : 'deactivated'}`,
        before: { active: !active },
        after: { active },
        metadata: taken(undoes),
        reason,
      }),
  }),
  defineAction({
    name: 'IDENTITY_LINK_CHANGE',
    category: 'SECURITY',
    verb: 'UPDATE',
    entityType: 'user',
    severity: 'warning',
    delivery: 'strict',
    description: 'A WhatsApp LID was linked to a phone number, or its link changed',
    payload: z.object({
      ...by,
      lid: z.string(),
      oldPhone: z.string().nullable(),
      newPhone: z.string().nullable(),
    }),
    event: ({ performedBy, lid, oldPhone, newPhone, reason, undoes }) =>
      withActor(performedBy, {
        entityId: lid,
        description: oldPhone === null ? 'A LID was linked to a phone' : 'The phone of a LID changed',
        before: { phone: oldPhone },
        after: { phone: newPhone },
        metadata: taken(undoes),
        reason,
      }),
  }),
  defineAction({
    name: 'PERMISSION_DENIED',
    category: 'SECURITY',
    verb: 'REJECT',
    entityType: 'command',
    severity: 'warning',
    delivery: 'collapsible',
    collapsesBy: 'entity',
    description: 'Somebody asked for something they may not do, and was refused',
    payload: z.object({
      phoneNumber: z.string(),
      userRole: role,
      action: z.string(),
      reason: z.string(),
      rule: z.string().optional(),
    }),
    event: ({ phoneNumber, userRole, action, reason, rule }) => ({
      actor: { phone: phoneNumber, role: userRole },
      outcome: 'denied',
      entityId: action,
      description: `${action} was refused to ${phoneNumber} (${userRole})`,
      metadata: rule === undefined ? undefined : { rule },
      reason,
    }),
  }),
  defineAction({
    name: 'CONFIG_CHANGE',
    category: 'CONFIG',
    verb: 'UPDATE',
    entityType: 'setting',
    severity: 'warning',
    delivery: 'strict',
    description: 'A setting was changed or set back to its default',
    payload: z.object({ ...by, key: z.string(), oldValue: z.unknown(), newValue: z.unknown(), secret: flag }),
    event: ({ performedBy, key, oldValue, newValue, secret, reason, undoes }) =>
      withActor(performedBy, {
        entityId: key,
        description: `The setting ${key} was changed`,
        // Under the name of a secret the redactor masks both, and says whether they differ.
        before: secret ? { secret: oldValue } : { [key]: oldValue },
        after: secret ? { secret: newValue } : { [key]: newValue },
        metadata: taken(undoes),
        reason,
      }),
  }),
  defineAction({
    name: 'USAGE_QUERY',
    category: 'ADMIN',
    verb: 'READ',
    entityType: 'usage',
    severity: 'info',
    delivery: 'collapsible',
    description: 'Somebody looked at usage and cost',
    payload: z.object({ performedBy: person, targetUser: person.optional(), period: z.string().optional() }),
    event: ({ performedBy, targetUser, period }) => ({
      actor: performedBy,
      entityId: targetUser === undefined ? undefined : idOf(targetUser),
      description: `${called(performedBy)} looked at usage`,
      metadata: { period },
    }),
  }),
  defineAction({
    name: 'AUDIT_LOG_VIEWED',
    category: 'SECURITY',
    verb: 'READ',
    entityType: 'audit',
    severity: 'info',
    delivery: 'collapsible',
    description: 'Somebody read the record',
    payload: z.object({
      performedBy: person,
      query: z.string().optional(),
      rows: z.number().int().optional(),
    }),
    event: ({ performedBy, query, rows }) => ({
      actor: performedBy,
      description: `${called(performedBy)} read the record`,
      metadata: { query, rows },
    }),
  }),
  defineAction({
    name: 'AUDIT_LOG_EXPORTED',
    category: 'SECURITY',
    verb: 'READ',
    entityType: 'audit',
    severity: 'notice',
    delivery: 'spooled',
    description: 'Somebody exported the record',
    payload: z.object({
      performedBy: person,
      format: z.string(),
      rows: z.number().int(),
      query: z.string().optional(),
      sha256: z.string().optional(),
    }),
    event: ({ performedBy, format, rows, query, sha256 }) => ({
      actor: performedBy,
      description: `${called(performedBy)} exported ${rows} entries as ${format}`,
      metadata: { format, rows, query, sha256 },
    }),
  }),
  defineAction({
    name: 'COST_THRESHOLD_BREACH',
    category: 'SECURITY',
    verb: 'INTERVENE',
    entityType: 'budget',
    severity: 'critical',
    delivery: 'spooled',
    description: 'The cost of the assistant went over a threshold',
    payload: z.object({
      phoneNumber: z.string(),
      threshold: z.union([z.number(), z.string()]),
      actual: z.union([z.number(), z.string()]),
      period: z.string(),
    }),
    event: ({ phoneNumber, threshold, actual, period }) => ({
      actor: phoneNumber,
      actorType: phoneNumber === 'SYSTEM' ? 'system' : 'user',
      entityId: period,
      description: `Cost ${actual} went over ${threshold} (${period})`,
      metadata: { threshold, actual, period },
    }),
  }),
  defineAction({
    name: 'CONVERSATION_RESET',
    category: 'ADMIN',
    verb: 'DELETE',
    entityType: 'conversation',
    severity: 'info',
    delivery: 'strict',
    description: "A conversation's memory was cleared",
    payload: z.object({
      ...by,
      performedBy: person,
      targetUser: person.optional(),
      turns: z.number().int().optional(),
    }),
    event: ({ performedBy, targetUser, reason, turns }) => ({
      actor: performedBy,
      entityId: idOf(targetUser ?? performedBy),
      description: `${called(performedBy)} cleared a conversation`,
      ...(turns !== undefined && { before: { turns }, after: { turns: 0 } }),
      reason,
    }),
  }),
  defineAction({
    name: 'RATE_LIMIT_VIOLATION',
    category: 'SECURITY',
    verb: 'REJECT',
    entityType: 'limit',
    severity: 'warning',
    delivery: 'collapsible',
    description: 'Somebody asked more often than a limit allows',
    payload: z.object({
      phoneNumber: z.string(),
      limit: z.string(),
      allowed: z.number().optional(),
      windowMs: z.number().optional(),
    }),
    event: ({ phoneNumber, limit, allowed, windowMs }) => ({
      actor: phoneNumber,
      outcome: 'denied',
      entityId: limit,
      description: `The limit ${limit} was reached`,
      metadata: { allowed, windowMs },
    }),
  }),
  defineAction({
    name: 'MODERATION_FLAG',
    category: 'SECURITY',
    verb: 'REJECT',
    entityType: 'message',
    severity: 'warning',
    delivery: 'collapsible',
    description: 'A message was refused by moderation: its category and score, never its text',
    payload: z.object({
      phoneNumber: z.string(),
      category: z.string(),
      score: z.union([z.number(), z.string()]).optional(),
      rule: z.string().optional(),
    }),
    event: ({ phoneNumber, category, score, rule }) => ({
      actor: phoneNumber,
      outcome: 'denied',
      description: `A message was flagged as ${category}`,
      metadata: { category, score, rule },
    }),
  }),
  defineAction({
    name: 'CIRCUIT_BREAKER_CHANGE',
    category: 'SYSTEM',
    verb: 'INTERVENE',
    entityType: 'breaker',
    severity: 'warning',
    delivery: 'spooled',
    description: 'A circuit breaker opened, closed or began to probe',
    payload: z.object({
      breaker: z.string(),
      oldState: z.string(),
      newState: z.string(),
      performedBy: person.optional(),
      reason,
    }),
    event: ({ breaker, oldState, newState, performedBy, reason }) =>
      withActor(performedBy ?? 'SYSTEM', {
        actorType: performedBy === undefined ? 'system' : 'user',
        entityId: breaker,
        description: `The breaker ${breaker} went from ${oldState} to ${newState}`,
        before: { state: oldState },
        after: { state: newState },
        reason,
      }),
  }),
  defineAction({
    name: 'LIMIT_RESET',
    category: 'ADMIN',
    verb: 'OVERRIDE',
    entityType: 'limit',
    severity: 'notice',
    delivery: 'strict',
    description: "Somebody's rate limit was set back, so that they may go on at once",
    payload: z.object({ ...by, performedBy: person, limit: z.string(), targetUser: person.optional() }),
    event: ({ performedBy, limit, targetUser, reason }) => ({
      actor: performedBy,
      entityId: targetUser === undefined ? limit : idOf(targetUser),
      description: `${called(performedBy)} set the limit ${limit} back`,
      metadata: { limit },
      reason,
    }),
  }),
  defineAction({
    name: 'SAVED_SEARCH_CHANGE',
    category: 'ADMIN',
    verb: 'UPDATE',
    entityType: 'search',
    severity: 'info',
    delivery: 'strict',
    description: 'A search of the record was saved, changed or dropped',
    payload: z.object({
      ...by,
      performedBy: person,
      name: z.string(),
      oldQuery: z.string().nullable(),
      newQuery: z.string().nullable(),
    }),
    event: ({ performedBy, name, oldQuery, newQuery, undoes }) => ({
      actor: performedBy,
      entityId: name,
      description: `${called(performedBy)} ${newQuery === null ? 'dropped' : 'saved'} the search ${name}`,
      before: { query: oldQuery },
      after: { query: newQuery },
      metadata: taken(undoes),
    }),
  }),
  defineAction({
    name: 'WATCH_CHANGE',
    category: 'SECURITY',
    verb: 'UPDATE',
    entityType: 'watch',
    severity: 'notice',
    delivery: 'strict',
    description: 'Somebody began or ended having live events sent to their chat',
    payload: z.object({
      performedBy: person,
      /** Whose it is, where it was not they who ended it. */
      watcher: person.optional(),
      change: z.enum(['started', 'ended']),
      query: z.string(),
      until: z.number().int().nullable(),
      reason,
    }),
    event: ({ performedBy, watcher, change, query, until, reason }) => ({
      actor: performedBy,
      entityId: addressOf(watcher ?? performedBy),
      description:
        watcher === undefined
          ? `${called(performedBy)} ${change} a watch of the record`
          : `The watch of ${called(watcher)} ${change}`,
      before: { watching: change === 'ended' },
      after: { watching: change === 'started' },
      metadata: { query, until },
      reason,
    }),
  }),
  defineAction({
    name: 'DELIVERY_FAILED',
    category: 'SYSTEM',
    verb: 'EXECUTE',
    entityType: 'message',
    severity: 'warning',
    delivery: 'collapsible',
    collapsesBy: 'entity',
    description: 'A message of the bot could not be handed over',
    payload: z.object({ to: person, what: z.string(), cause: z.string() }),
    event: ({ to, what, cause }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      outcome: 'failure',
      entityId: idOf(to),
      description: `${what} could not be delivered`,
      error: cause,
    }),
  }),
  defineAction({
    name: 'COMMAND_IGNORED',
    category: 'SECURITY',
    verb: 'REJECT',
    entityType: 'command',
    severity: 'info',
    delivery: 'collapsible',
    collapsesBy: 'entity',
    description: 'A command was not run because it came too late, or was edited or revoked',
    payload: z.object({ phoneNumber: z.string(), command: z.string(), reason: z.string() }),
    event: ({ phoneNumber, command, reason }) => ({
      actor: phoneNumber,
      outcome: 'ignored',
      entityId: command,
      description: `${command} was not run`,
      reason,
    }),
  }),
  defineAction({
    name: 'COMMAND_FAILED',
    category: 'ADMIN',
    verb: 'EXECUTE',
    entityType: 'command',
    severity: 'notice',
    delivery: 'spooled',
    description: 'A command that changes one of several things failed before it was clear which',
    payload: z.object({ performedBy: person, command: z.string(), cause: z.string() }),
    event: ({ performedBy, command, cause }) => ({
      actor: performedBy,
      outcome: 'failure',
      entityId: command,
      description: `${command} failed`,
      error: cause,
    }),
  }),
  defineAction({
    name: 'SESSION_CHANGE',
    category: 'AUTH',
    verb: 'UPDATE',
    entityType: 'gateway',
    severity: 'critical',
    delivery: 'spooled',
    description: "The bot's own account was linked, unlinked or replaced",
    payload: z.object({ gateway: z.string(), change: z.string(), reason }),
    event: ({ gateway, change, reason }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      entityId: gateway,
      description: `${gateway}: ${change}`,
      metadata: { change },
      reason,
    }),
  }),
  defineAction({
    name: 'AUDIT_LOSS',
    category: 'SYSTEM',
    verb: 'DELETE',
    entityType: 'audit',
    severity: 'critical',
    delivery: 'spooled',
    description: 'Events could not be kept: how many, and why',
    payload: z.object({
      count: z.number().int().positive(),
      from: z.number().int(),
      until: z.number().int(),
      cause: z.string(),
    }),
    event: ({ count, from, until, cause }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      outcome: 'failure',
      description: `${count} ${count === 1 ? 'event was' : 'events were'} lost: ${cause}`,
      metadata: { count, from, until },
      reason: cause,
    }),
  }),
  defineAction({
    name: 'AUDIT_GUARDS_RESTORED',
    category: 'SECURITY',
    verb: 'INTERVENE',
    entityType: 'audit',
    severity: 'critical',
    delivery: 'spooled',
    description: 'Triggers that keep the record append-only had gone and were put back at start',
    payload: z.object({ guards: z.array(z.string()) }),
    event: ({ guards }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      description: `${guards.length} append-only guards had gone and were put back`,
      metadata: { guards },
    }),
  }),
  defineAction({
    name: 'KEY_ROTATED',
    category: 'SECURITY',
    verb: 'UPDATE',
    entityType: 'key',
    severity: 'critical',
    delivery: 'strict',
    description: 'The signing key was replaced; the next checkpoint carries both signatures',
    payload: z.object({ oldKey: z.string(), newKey: z.string(), reason }),
    event: ({ oldKey, newKey, reason }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      description: 'The signing key was replaced',
      before: { vkey: oldKey },
      after: { vkey: newKey },
      reason,
    }),
  }),
  defineAction({
    name: 'RETENTION_PRUNED',
    category: 'SYSTEM',
    verb: 'DELETE',
    entityType: 'audit',
    severity: 'notice',
    delivery: 'strict',
    description: 'Retention removed the oldest entries; the anchor vouches for them',
    payload: z.object({
      from: z.number().int(),
      to: z.number().int(),
      count: z.number().int(),
      root: z.string(),
      archive: z.object({ file: z.string(), leavesSha256: z.string() }).nullable(),
    }),
    event: (metadata) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      description: `Entries ${metadata.from} to ${metadata.to} were removed by retention`,
      metadata,
    }),
  }),
  defineAction({
    name: 'RETENTION_RUN',
    category: 'SYSTEM',
    verb: 'EXECUTE',
    entityType: 'audit',
    severity: 'info',
    delivery: 'spooled',
    description: 'Retention ran, whether or not there was anything to remove; a run that failed says why',
    payload: z.object({
      performedBy: person.optional(),
      days: z.number().int(),
      removed: z.number().int(),
      archived: z.number().int(),
      expired: z.number().int(),
      ms: z.number().int(),
      failure: z.object({ code: z.string(), why: z.string() }).optional(),
    }),
    event: ({ performedBy, failure, ...metadata }) => ({
      actor: performedBy ?? 'SYSTEM',
      ...(performedBy === undefined && { actorType: 'system' as const }),
      outcome: failure === undefined ? ('success' as const) : ('failure' as const),
      description:
        failure === undefined
          ? `Retention removed ${metadata.removed} ${metadata.removed === 1 ? 'entry' : 'entries'}`
          : 'Retention removed nothing more',
      metadata: failure === undefined ? metadata : { ...metadata, code: failure.code },
      reason: failure?.why,
    }),
  }),
  defineAction({
    name: 'SUBJECT_ERASED',
    category: 'SYSTEM',
    verb: 'DELETE',
    entityType: 'audit',
    severity: 'critical',
    delivery: 'strict',
    description: 'The private parts of entries about one person were emptied',
    payload: z.object({
      actor: z.array(z.tuple([z.number().int(), z.number().int()])),
      rest: z.array(z.tuple([z.number().int(), z.number().int()])),
      count: z.number().int(),
    }),
    event: (metadata) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      description: `A person was erased from ${metadata.count} entries`,
      metadata,
    }),
  }),
  defineAction({
    name: 'HOLD_CHANGE',
    category: 'ADMIN',
    verb: 'UPDATE',
    entityType: 'hold',
    severity: 'warning',
    delivery: 'strict',
    description: 'A legal hold was laid on entries, or released',
    payload: z.object({
      ...by,
      kind: z.enum(['person', 'query', 'range']),
      what: z.string(),
      change: z.enum(['laid', 'released']),
      hold: z.string().optional(),
    }),
    event: ({ performedBy, kind, what, change, hold, reason, undoes }) =>
      withActor(performedBy, {
        entityId: what,
        description: change === 'laid' ? 'A legal hold was laid' : 'A legal hold was released',
        before: { held: change === 'released' },
        after: { held: change === 'laid' },
        metadata: { kind, hold, ...taken(undoes) },
        reason,
      }),
  }),
  defineAction({
    name: 'HEARTBEAT',
    category: 'SYSTEM',
    verb: 'EXECUTE',
    entityType: 'audit',
    severity: 'info',
    delivery: 'strict',
    description: 'One a day, also where nothing happens: who records is there and can write',
    payload: z.object({ every: z.literal('day') }),
    event: (metadata) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      channel: 'scheduler',
      description: 'The record is being kept',
      metadata,
    }),
  }),
  defineAction({
    name: 'LEDGER_RECOVERED',
    category: 'SYSTEM',
    verb: 'OVERRIDE',
    entityType: 'audit',
    severity: 'critical',
    delivery: 'strict',
    description: 'An operator accepted a restored, older database; the entries lost are named',
    payload: z.object({
      signedSize: z.number().int(),
      signedRoot: z.string(),
      restoredSize: z.number().int(),
      reason: z.string().min(1),
    }),
    event: ({ reason, ...metadata }) => ({
      actor: 'SYSTEM',
      actorType: 'system',
      description: `The ledger goes on from ${metadata.restoredSize}; ${metadata.signedSize} had been signed`,
      metadata,
      reason,
    }),
  }),
] as const;
