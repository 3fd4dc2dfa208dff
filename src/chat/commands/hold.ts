import type { HoldKind, LegalHold } from '../../lifecycle/hold/legalHold.js';
import { named, optional, person, rest, word } from '../argument.js';
import { type Command, type CommandContext, defineCommand } from '../command.js';
import type { Reply } from '../reply.js';
import { dayTime } from '../sentence.js';
import { bold, code, lines, say, type Text } from '../text.js';
import { readerOf } from './audit/around.js';
import { readCase } from './readCase.js';

const WHO_MAY = 'OWNERs.';

const onPerson = defineCommand({
  name: 'hold person',
  group: 'Record',
  summary: 'Keeps all that is about somebody, whatever retention and erasure say',
  role: 'OWNER',
  whoMay: WHO_MAY,
  isDirectOnly: true,
  args: { person: person(), reason: named() },
  leaves: { changes: 'HOLD_CHANGE' },
  examples: ['hold person +12025550101 reason:"the case of May"'],
  handle: (context, { person, reason }) => lay(context, 'person', person.address, reason),
});

const onQuery = defineCommand({
  name: 'hold query',
  group: 'Record',
  summary: 'Keeps what a query finds, now and later',
  role: 'OWNER',
  whoMay: WHO_MAY,
  isDirectOnly: true,
  args: { query: rest('field'), reason: named() },
  leaves: { changes: 'HOLD_CHANGE' },
  examples: ['hold query action:role.* since:30d reason:"the case of May"'],
  handle: (context, { query, reason }) => lay(context, 'query', query, reason),
});

const onRange = defineCommand({
  name: 'hold range',
  group: 'Record',
  summary: 'Keeps the cases with these numbers',
  role: 'OWNER',
  whoMay: WHO_MAY,
  isDirectOnly: true,
  args: { range: word(), reason: named() },
  leaves: { changes: 'HOLD_CHANGE' },
  examples: ['hold range 100-200 reason:"the case of May"'],
  handle: (context, { range, reason }) => lay(context, 'range', range, reason),
});

const list = defineCommand({
  name: 'hold list',
  group: 'Record',
  summary: 'What is held, since when, by whom and why',
  role: 'OWNER',
  whoMay: WHO_MAY,
  isDirectOnly: true,
  args: {},
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  examples: ['hold list'],
  async handle(context) {
    const holds = await context.services.holds.list();
    if (holds.length === 0) return { text: say`Nothing is held.`, rows: 0 };
    return { text: lines(...holds.map((hold) => lineOf(context, hold))), rows: holds.length };
  },
});

const release = defineCommand({
  name: 'hold release',
  group: 'Record',
  summary: 'Lets go what was held',
  role: 'OWNER',
  whoMay: WHO_MAY,
  isDirectOnly: true,
  args: { case: word(readCase), reason: optional(named()) },
  leaves: { changes: 'HOLD_CHANGE' },
  examples: ['hold release 1234', 'hold release 1234 reason:"the case is closed"'],
  async handle(context, { case: number, reason }) {
    const { services, performer } = context;
    const options = { performedBy: performer, reason: reason ?? undefined };
    const done = await services.holds.release(String(number), options);
    // An erasure may have met it half-way.
    await services.erasure.resume().catch((error: unknown) => {
      services.log.warn({ err: error }, 'an erasure that is under way could not be finished');
    });
    return { text: say`Hold #${number} on ${words(context, done.hold)} is released. Case #${done.case}.` };
  },
});

async function lay(context: CommandContext, kind: HoldKind, what: string, reason: string): Promise<Reply> {
  const { services, performer, prefix } = context;
  const hold = await services.holds.add({ kind, what, reason }, { performedBy: performer });
  const isIdle = (await services.holds.firstUnder(hold)) === null;
  return {
    text: lines(
      say`Held: ${words(context, hold)}. Neither retention nor an erasure takes it away. Case #${hold.id}.`,
      ...(isIdle ? [say`No entry is under it so far: is it what was meant?`] : []),
      say`To release it: ${code(`${prefix}hold release ${hold.id}`)}`,
    ),
  };
}

function words({ show }: CommandContext, { kind, what }: LegalHold): Text {
  if (kind === 'person') return say`all that is about ${show(what)}`;
  return kind === 'query' ? say`what fits ${code(what)}` : say`cases ${what}`;
}

function lineOf(context: CommandContext, hold: LegalHold): Text {
  const by = hold.by === '' ? say`somebody who was erased` : context.show(hold.by);
  const since = dayTime(hold.at, readerOf(context));
  return say`${bold(`#${hold.id}`)} ${words(context, hold)} · ${since} · ${by}: ${hold.reason}`;
}

/** What must stay. */
export const holdCommands: readonly Command[] = [onPerson, onQuery, onRange, list, release];
