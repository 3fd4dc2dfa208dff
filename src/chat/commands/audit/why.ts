import type { AuditItem } from '../../../audit/repository.js';
import { durationText } from '../../../settings/duration.js';
import { word } from '../../argument.js';
import { type Command, type CommandContext, defineCommand } from '../../command.js';
import { leavesOf } from '../../diff.js';
import { masked } from '../../masked.js';
import { whoMayRun } from '../../permission.js';
import { sentence } from '../../sentence.js';
import { bold, code, lines, say, type Text } from '../../text.js';
import { readCase } from '../readCase.js';
import { itemOf, readerFor } from './around.js';

/** In the order in which they are asked; the first that says no decides. */
const ORDER = ['active', 'whitelist', 'limit', 'role', 'direct-chat', 'confirmation'];

export const why = defineCommand({
  name: 'audit why',
  group: 'Record',
  summary: 'Why it was decided so: the rule, with what it went by at that time',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { case: word(readCase) },
  examples: ['audit why 1234'],
  async handle(context, { case: number }) {
    const item = await itemOf(context, number);
    return {
      text: lines(
        say`${bold(`#${item.seq}`)} · ${sentence(item, await readerFor(context, [item]))}`,
        ...reasons(item, context),
      ),
      rows: 1,
    };
  },
});

function reasons(item: AuditItem, context: CommandContext): (Text | null)[] {
  const metadata = leavesOf(item.metadata);
  if (item.action === 'PERMISSION_DENIED') return refusal(item, metadata, context);
  if (item.action === 'RATE_LIMIT_VIOLATION') return limited(item, metadata, context);
  if (item.outcome === 'ignored')
    return [
      say`It was not run: ${masked(item.reason ?? 'no reason was recorded', context.show)}.`,
      say`No rule was asked.`,
    ];
  if (item.outcome === 'denied') return [say`It was refused.`, reasonOf(item, context)];
  if (item.outcome === 'failure')
    return [
      roleOf(item, context),
      say`The rules allowed it; it failed by itself: ${masked(item.error ?? 'no cause was recorded', context.show)}.`,
    ];
  return allowed(item, context);
}

/** The rules as they were walked: those before the one that refused had passed. */
function refusal(
  item: AuditItem,
  metadata: ReadonlyMap<string, string>,
  context: CommandContext,
): (Text | null)[] {
  const rule = metadata.get('rule') ?? 'no rule was recorded';
  const name = metadata.get('command') ?? item.entityId ?? '';
  const target = metadata.get('target');
  const command = context.services.commands.named(name);
  const at = ORDER.indexOf(rule);
  // A rule about who may do what to whom is asked last, by the command itself.
  const passed = ORDER.slice(0, at < 0 ? ORDER.indexOf('confirmation') : at);
  return [
    say`The rule ${bold(rule)} refused ${code(name)}:`,
    ...passed.map((one) => say`✓ ${one}${valueThen(one, item)}`),
    say`✗ ${rule}: ${masked(item.reason ?? 'no reason was recorded', context.show)}`,
    target === undefined ? null : say`It was about ${context.show(target)}.`,
    command === null ? null : say`${whoMayRun(command)}`,
  ];
}

const valueThen = (rule: string, { actorRole }: AuditItem): Text =>
  rule === 'role' && actorRole !== null ? say`: ${actorRole}` : say``;

function limited(
  item: AuditItem,
  metadata: ReadonlyMap<string, string>,
  context: CommandContext,
): (Text | null)[] {
  const [allowed, windowMs] = [metadata.get('allowed'), metadata.get('windowMs')].map(Number);
  const rate = allowed && windowMs ? say`, which was ${allowed}/${durationText(windowMs)}` : say``;
  return [
    say`The rule ${bold('limit')} refused it:`,
    say`✓ active`,
    say`✓ whitelist`,
    say`✗ limit: ${item.entityId ?? 'unknown'}${rate}`,
    say`${code(`${context.prefix}limits show`)} shows how it is now.`,
  ];
}

function allowed(item: AuditItem, context: CommandContext): (Text | null)[] {
  if (item.actorType !== 'user')
    return [say`Nobody asked for it: Reeve did it by itself.`, reasonOf(item, context)];
  const commands = context.services.commands.all.filter(({ leaves }) => leavesAction(leaves, item.action));
  return [
    say`The rules allowed it: none of them refused.`,
    roleOf(item, context),
    ...commands.map((command) => say`${code(context.prefix + command.name)}: ${whoMayRun(command)}`),
    reasonOf(item, context),
  ];
}

function leavesAction(leaves: Command['leaves'], action: string): boolean {
  // What takes back is not what did it.
  return typeof leaves === 'object' && 'changes' in leaves && leaves.changes === action;
}

const roleOf = ({ actorRole, actorName, actorPhone }: AuditItem, { show }: CommandContext): Text | null => {
  if (actorRole === null) return null;
  const who =
    actorName !== null ? masked(actorName, show) : actorPhone !== null ? show(actorPhone) : 'Who did it';
  return say`At that time ${who} was ${actorRole}.`;
};

const reasonOf = ({ reason }: AuditItem, { show }: CommandContext): Text | null =>
  reason === null ? null : say`The reason given: ${masked(reason, show)}`;
