import type { Config } from '../../config/config.js';
import { UserError } from '../../config/userError.js';
import type { Plan } from '../../lifecycle/retention/plan.js';
import type { RetentionPlan } from '../../lifecycle/retention/retention.js';
import { amount, entries } from '../amount.js';
import { numberOption } from '../arguments.js';
import { type Arguments, type CliCommand, FINDING, OK } from '../command.js';
import { openExistingReeve } from '../existingReeve.js';
import { count } from '../progress.js';
import { writeTo } from '../terminal.js';

export const retention: CliCommand = {
  name: 'retention',
  summary: 'Show what retention would take away, or take it away now',
  words: 'plan|run',
  wordCount: [1, 1],
  options: [
    { name: 'days', value: 'N', help: 'keep entries for so many days (default: AUDIT_LOG_RETENTION_DAYS)' },
  ],
  details: `plan changes nothing. run removes the expired beginning of the ledger: archived first where AUDIT_ARCHIVE_DIR is
set, vouched for by the ledger's key, and never what does not verify, what is under a legal hold, or all of it. A
run that was killed is finished by the next one. A bot does the same at AUDIT_LOG_CLEANUP_CRON by itself.

Exit status: 0 done, 1 something spoke against it (it is said what), 2 it could not be done.`,
  examples: ['reeve retention plan', 'reeve retention plan --days 30 --json', 'reeve retention run'],
  async run({ args, config, terminal, json }) {
    const [what] = args.words;
    if (what !== 'plan' && what !== 'run') {
      throw new UserError({
        code: 'USAGE',
        message: `retention knows plan and run, not ${what!.slice(0, 40)}.`,
        example: 'reeve retention plan',
      });
    }
    const settings = config();
    const days = daysOption(args);
    const reeve = await openExistingReeve(settings);
    try {
      if (what === 'plan') {
        const plan = await reeve.retention.plan(days);
        const { cron, timeZone } = { ...settings.retention, timeZone: settings.timeZone };
        const standing = await reeve.retention.standing({ cron, timeZone });
        const lastRun = await reeve.retention.lastRun();
        const answer = { ...plan, archive: settings.archive.dir ?? null, lastRun, ...standing };
        await writeTo(
          terminal.stdout,
          json ? `${JSON.stringify(answer)}\n` : planText(plan, settings, standing.isOverdue),
        );
        return plan.plan.kind === 'refused' ? FINDING : OK;
      }
      const run = await reeve.retention.run({ days, channel: 'cli' });
      const { removed, archived, expired, ms, failure, outcome } = run;
      const why =
        failure === null ? null : { code: failure.code, message: failure.message, hint: failure.hint };
      if (json) {
        const answer = { outcome, days: run.days, removed, archived, expired, ms, failure: why };
        await writeTo(terminal.stdout, `${JSON.stringify(answer)}\n`);
      } else {
        const where = archived === 0 ? '' : `, ${amount(archived, 'segment', 'segments')} archived`;
        const old = expired === 0 ? '' : `, ${amount(expired, 'segment', 'segments')} left the archive`;
        await writeTo(terminal.stdout, `${entries(removed)} removed${where}${old} (${count(ms)} ms)\n`);
        if (why !== null) await writeTo(terminal.stderr, `${why.message}\n${why.hint ?? ''}\n`);
      }
      return failure === null ? OK : FINDING;
    } finally {
      await reeve.close();
    }
  },
};

const daysOption = (args: Arguments): number | undefined =>
  args.value('days') === undefined
    ? undefined
    : numberOption(args, 'days', {
        least: 1,
        most: 36_500,
        otherwise: 90,
        example: 'reeve retention plan --days 90',
      });

function planText(
  { plan, days, cutoff, hasLeftovers }: RetentionPlan,
  config: Config,
  isOverdue: boolean,
): string {
  const time = new Intl.DateTimeFormat('sv-SE', {
    timeZone: config.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  }).format(cutoff);
  const lines = [
    `Entries are kept for ${days} days: those from before ${time} (${config.timeZone}) have expired.`,
    whatGoes(plan),
    config.archive.dir === undefined
      ? 'Nothing is archived: AUDIT_ARCHIVE_DIR is not set.'
      : `What goes is archived first, in ${config.archive.dir}.`,
  ];
  if (hasLeftovers) lines.push('Rows that a killed run has left will be cleared by the next one.');
  if (isOverdue) lines.push('No run has happened for twice the time that should lie between two.');
  return `${lines.join('\n')}\n`;
}

/** The plan in a sentence. */
function whatGoes(plan: Plan): string {
  switch (plan.kind) {
    case 'prune': {
      const after =
        plan.stoppedBy === 'hold'
          ? `entry ${plan.to + 1} is under a legal hold, and nothing after it can go`
          : `entry ${plan.to + 1} is young enough`;
      return `A run would remove ${entries(plan.to - plan.from + 1)}, ${plan.from} to ${plan.to}; ${after}.`;
    }
    case 'nothing':
      if (plan.why === 'empty') return 'The ledger holds no entries.';
      return plan.why === 'age'
        ? 'A run would remove nothing: the oldest entry is young enough.'
        : 'A run would remove nothing: the oldest entry is under a legal hold.';
    case 'refused':
      return plan.code === 'CLOCK_BEHIND'
        ? 'A run would refuse: the newest entry is from later than it is now, so the clock is wrong.'
        : 'A run would refuse: even the newest entry has expired, so the clock is wrong or nothing was recorded for all that time.';
  }
}
