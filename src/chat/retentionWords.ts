/** Where retention stands, in words: the same in `status` and in `audit retention`. */
import { describeInstant } from '../audit/query/describe.js';
import { hasNotEnded, type JobRun } from '../lifecycle/jobRuns.js';
import type { Plan } from '../lifecycle/retention/plan.js';
import { timeZone } from '../settings/builtIn.js';
import type { CommandContext } from './command.js';
import { bold, plain, say, type Text } from './text.js';

export const eventsInWords = (count: number): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? 'event' : 'events'}`;

/** The last run, the next one, and whether one is overdue. */
export interface RetentionWords {
  last: Text;
  next: Text;
  overdue: Text | null;
}

export async function retentionWords(context: CommandContext): Promise<RetentionWords> {
  const { config, retaining } = context.services;
  const times = { cron: config.retention.cron, timeZone: config.timeZone };
  const { retention, scheduler } = retaining;
  const last = await retention.lastRun();
  const { isOverdue, nextRun } = await retention.standing(times);
  const next = scheduler.status().nextRun;
  return {
    last: lastWords(last, context),
    next:
      next === null && nextRun === null
        ? say`No run is to come.`
        : say`The next run is on ${moment((next ?? nextRun)!, context)}${next === null ? ', by whichever process runs it' : ''}.`,
    overdue: isOverdue
      ? say`${bold('Overdue')}: no run has happened for twice the time that should lie between two. The log of the bot says why.`
      : null,
  };
}

function lastWords(last: JobRun | null, context: CommandContext): Text {
  if (last === null) return say`No run has happened so far.`;
  const begun = moment(last.startedAt, context);
  if (last.endedAt === null) return say`A run began on ${begun} and has not ended.`;
  const { removed, archived, ms, why } = last.detail as Record<string, unknown>;
  const went = say`The last run, on ${moment(last.endedAt, context)}, removed ${eventsInWords(Number(removed))} in ${lasted(Number(ms))}`;
  const kept =
    Number(archived) > 0
      ? say`, with ${String(archived)} archived ${archived === 1 ? 'file' : 'files'}`
      : say``;
  const end = last.outcome === 'success' ? say`.` : say`, and failed: ${plain(String(why))}`;
  const now = hasNotEnded(last) ? say` Another one began on ${begun} and has not ended.` : say``;
  return say`${went}${kept}${end}${now}`;
}

/** What a run would do now. */
export function planWords(plan: Plan): Text {
  switch (plan.kind) {
    case 'prune': {
      const count = plan.to - plan.from + 1;
      const after =
        plan.stoppedBy === 'hold'
          ? say`#${plan.to + 1} is under a legal hold, and nothing after it can go`
          : say`#${plan.to + 1} is young enough`;
      return say`${bold(eventsInWords(count))} ${count === 1 ? 'is' : 'are'} due to go, #${plan.from} to #${plan.to}; ${after}.`;
    }
    case 'nothing':
      return plan.why === 'hold'
        ? say`Nothing can go: the oldest event is under a legal hold.`
        : say`None is older than that.`;
    case 'refused':
      return plan.code === 'CLOCK_BEHIND'
        ? say`${bold('Nothing will go')}: the newest event is from later than it is now, so the clock is wrong.`
        : say`${bold('Nothing will go')}: even the newest event has expired, so the clock is wrong or nothing happened for all that time.`;
  }
}

const moment = (at: number, { services }: CommandContext): string =>
  describeInstant(at, services.settings.get(timeZone)).slice(0, 16);

const lasted = (ms: number): string => (ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`);
