import { durationFrom, durationText } from '../../../settings/duration.js';
import { named, optional, type Parsed, rest } from '../../argument.js';
import { defineCommand } from '../../command.js';
import { shortTime } from '../../sentence.js';
import { code, lines, say } from '../../text.js';
import { queryOf, readerOf } from './around.js';

const BY_DEFAULT = 30 * 60_000;
/** Shorter ones would be over before anything can be sent. */
const SHORTEST = 10_000;

function readLength(text: string): Parsed<number> {
  const ms = durationFrom(text);
  if (ms !== null && ms >= SHORTEST) return { ok: true, value: ms };
  return { ok: false, rule: `a time of at least ${durationText(SHORTEST)}`, example: 'for:30m' };
}

export const watch = defineCommand({
  name: 'audit watch',
  group: 'Record',
  summary: 'Sends you new events as they happen, for half an hour or as long as you say',
  role: 'ADMIN',
  isDirectOnly: true,
  leaves: { changes: 'WATCH_CHANGE' },
  args: { query: optional(rest('field')), for: optional(named(readLength)) },
  examples: ['audit watch', 'audit watch category:security for:2h'],
  async handle(context, { query, for: length }) {
    const { services, person, performer, prefix } = context;
    queryOf(context, query, 'audit watch');
    const chatId = services.gateway.directChat(person.address);
    const untilMs = services.clock.now() + (length ?? BY_DEFAULT);
    const request = { person, chatId, query: query ?? '', untilMs };
    const { case: number } = await services.watches.start(request, { performedBy: performer });
    const reader = readerOf(context);
    return {
      text: lines(
        say`Until ${shortTime(untilMs, reader)} you get what happens${query === null ? say`` : say` and fits ${code(query)}`}. Case #${number}.`,
        say`To end it earlier: ${code(`${prefix}audit unwatch`)}`,
      ),
    };
  },
});

export const unwatch = defineCommand({
  name: 'audit unwatch',
  group: 'Record',
  summary: 'Ends the live events',
  role: 'ADMIN',
  leaves: { changes: 'WATCH_CHANGE' },
  args: {},
  examples: ['audit unwatch'],
  async handle({ services, person, performer }) {
    const chatId = services.gateway.directChat(person.address);
    const { case: number } = await services.watches.stop(chatId, { performedBy: performer });
    return { text: say`No more live events. Case #${number}.` };
  },
});
