import type { Person } from '../../access/person.js';
import { Refusal } from '../../access/refusal.js';
import { isAtLeast } from '../../access/role.js';
import { addressesOf } from '../../assistant/addresses.js';
import { type Days, dayOf, lastDays, wholeMonth } from '../../assistant/usage/period.js';
import type { Used } from '../../assistant/usage/usage.js';
import { moneyText } from '../../config/money.js';
import { dayBudget, monthBudget, timeZone } from '../../settings/builtIn.js';
import { optional, type Parsed, person, word } from '../argument.js';
import { type CommandContext, defineCommand } from '../command.js';
import { bold, lines, type Piece, say, type Text } from '../text.js';

/** One's own is everybody's; somebody else's is for operators. */
function demandOwnOrOperator({ person: asking }: CommandContext, about: Person | null, whose: string): void {
  if (about === null || about.address === asking.address || isAtLeast(asking.role, 'OPERATOR')) return;
  throw new Refusal(
    'role',
    `You are ${asking.role}, so you may ${whose} of your own only.`,
    'Operators, admins and owners may for others as well.',
  );
}

const MOST_DAYS = 366;

function readPeriod(text: string): Parsed<string> {
  const days = /^(\d{1,3})d$/i.exec(text)?.[1];
  const isDays = days !== undefined && Number(days) >= 1 && Number(days) <= MOST_DAYS;
  if (isDays || /^(today|month)$/i.test(text)) return { ok: true, value: text.toLowerCase() };
  return { ok: false, rule: `today, month, or a number of days up to ${MOST_DAYS}d`, example: '7d' };
}

interface Span {
  readonly called: string;
  readonly days: Days;
  /** What may be spent in it by all together; null where nobody said. */
  readonly budget: number | null;
}

/** Today and this month, or the one that was asked for. */
function spansOf({ services, now }: CommandContext, period: string | null): Span[] {
  const { settings } = services;
  const day = dayOf(now, settings.get(timeZone));
  const today = { called: 'Today', days: { from: day, to: day }, budget: settings.get(dayBudget) };
  const month = { called: 'This month', days: wholeMonth(day), budget: settings.get(monthBudget) };
  if (period === null) return [today, month];
  if (period === 'today') return [today];
  if (period === 'month') return [month];
  const count = Number.parseInt(period, 10);
  return [{ called: `The last ${count} days`, days: lastDays(day, count), budget: null }];
}

const counted = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;

function usedText({ services }: CommandContext, used: Used): Text {
  const { prices, currency } = services.config.llm;
  const tokens = `${counted(used.inputTokens, 'token')} read and ${used.outputTokens.toLocaleString('en-US')} written`;
  const hasCost = used.cost > 0 || prices.size > 0;
  return say`${counted(used.calls, 'question')}, ${tokens}${hasCost ? `, ${moneyText(used.cost)} ${currency}` : ''}`;
}

function budgetText({ services }: CommandContext, spent: number, budget: number | null): Piece {
  if (budget === null) return '';
  const percent = budget === 0 ? 100 : Math.floor((spent * 100) / budget);
  return say` of ${moneyText(budget)} ${services.config.llm.currency} (${percent} %)`;
}

const MOST_SHOWN = 5;

/** What everybody used, for those who run things. */
async function totals(context: CommandContext, spans: readonly Span[]): Promise<Text[]> {
  const { usage: used } = context.services;
  const rows = await Promise.all(
    spans.map(async ({ called, days, budget }) => {
      const all = await used.ofAll(days);
      return say`${called}: ${usedText(context, all)}${budgetText(context, all.cost, budget)}`;
    }),
  );
  const [widest] = spans.slice(-1);
  const most = await used.most(widest!.days, MOST_SHOWN);
  const people = await Promise.all(
    most.map(async (row) => {
      const who = await context.services.people.find(row.address);
      return say`${context.show(who)}: ${usedText(context, row)}`;
    }),
  );
  return [
    say`${bold('Everybody')}`,
    ...rows,
    ...(people.length > 0 ? [say`Most, ${widest!.called.toLowerCase()}:`, ...people] : []),
  ];
}

export const usage = defineCommand({
  name: 'usage',
  group: 'Bot',
  summary: 'Shows how much of the assistant you have used, and what it cost',
  role: 'USER',
  whoMay: 'For others, and for all together: operators, admins and owners.',
  leaves: { reads: 'USAGE_QUERY' },
  args: { person: optional(person()), period: optional(word(readPeriod, ['today', 'month', '7d'])) },
  examples: ['usage', 'usage 7d', 'usage @Bo month'],
  handle: async (context, { person: about, period }) => {
    demandOwnOrOperator(context, about, 'see the usage');
    const { services, person: asking } = context;
    const whom = about ?? asking;
    const spans = spansOf(context, period);
    const addresses = await addressesOf(whom.address, services.identities);
    const own = await Promise.all(
      spans.map(async ({ called, days }) => {
        const used = await services.usage.of(addresses, days);
        return { cost: used.cost, calls: used.calls, text: say`${called}: ${usedText(context, used)}` };
      }),
    );
    const isTotal = about === null && isAtLeast(asking.role, 'OPERATOR');
    const all = isTotal ? await totals(context, spans) : [];
    const isOwn = whom.address === asking.address;
    return {
      text: lines(
        services.assistant === null && say`No assistant is set up here now.`,
        isOwn ? say`${bold('You')}` : context.show(whom),
        ...own.map(({ text }) => text),
        ...all,
      ),
    };
  },
});

export const reset = defineCommand({
  name: 'reset',
  group: 'Bot',
  summary: 'Clears what the assistant remembers of your conversations',
  role: 'USER',
  whoMay: 'For others: operators, admins and owners.',
  leaves: { changes: 'CONVERSATION_RESET' },
  args: { person: optional(person()) },
  examples: ['reset', 'reset @Bo'],
  handle: async (context, { person: about }) => {
    demandOwnOrOperator(context, about, 'clear a conversation');
    const { services, person: asking, performer, show } = context;
    const whom = about ?? asking;
    const { case: number, turns } = await services.conversations.reset(whom, performer);
    const whose = whom.address === asking.address ? say`you` : show(whom);
    return {
      text: say`The assistant has forgotten what it talked about with ${whose} (${counted(turns, 'turn')}). Case #${number}.`,
    };
  },
});
