import { chatPrefix } from '../../settings/builtIn.js';
import type { SettingChange, SettingState } from '../../settings/settings.js';
import { named, optional, rest, word } from '../argument.js';
import { type Command, type CommandContext, defineCommand } from '../command.js';
import type { Reply } from '../reply.js';
import { bold, code, joined, lines, say, type Text } from '../text.js';
import { doneReply } from './changed.js';

const key = () => word((text) => ({ ok: true, value: text }), 'setting');

const valueText = (text: string): Text => (text === '' ? say`not set` : code(text));

function row({ setting, shown, isDefault, problem }: SettingState): Text {
  const mark = problem !== null ? say` · stored wrongly` : isDefault ? '' : say` · set`;
  return say`${bold(setting.key)} ${valueText(shown)}${mark}`;
}

const list = defineCommand({
  name: 'config list',
  aliases: ['config'],
  group: 'Order',
  summary: 'What can be set while the bot runs, and how it is set',
  role: 'OPERATOR',
  args: {},
  leaves: 'nothing',
  examples: ['config list'],
  handle: async ({ services, prefix }) => ({
    text: lines(
      ...services.settings.list().map(row),
      say`${code(`${prefix}config get limits.user`)} says what one is for.`,
    ),
  }),
});

const get = defineCommand({
  name: 'config get',
  group: 'Order',
  summary: 'What one setting is for, what counts, and what it may be',
  role: 'OPERATOR',
  args: { key: key() },
  leaves: 'nothing',
  examples: ['config get limits.user'],
  async handle({ services, prefix }, { key }) {
    const state = services.settings.state(key);
    const { setting, shown, isDefault, problem } = state;
    const byDefault = setting.isSecret ? null : setting.format(setting.default);
    const how = setting.changedBy.map((name) => code(prefix + name));
    return {
      text: lines(
        say`${bold(setting.key)} is ${valueText(shown)}${isDefault ? ', the default' : ''}.`,
        setting.meaning,
        problem !== null && say`What is stored cannot be read: ${problem}. Set it anew.`,
        !isDefault && byDefault !== null && say`The default is ${valueText(byDefault)}.`,
        say`It may be ${setting.rule}.`,
        how.length > 0
          ? say`It is changed by ${joined(how, ' and ')}.`
          : say`Example: ${code(`${prefix}config set ${setting.key} ${setting.example}`)}`,
      ),
    };
  },
});

/** What was done, where the way to write commands may be another one from now on. */
function changed(context: CommandContext, change: SettingChange, isUnset: boolean): Reply {
  const { settings } = context.services;
  const { setting } = settings.state(change.key);
  const prefix = settings.get(chatPrefix);
  const after = isUnset
    ? say`has its default again, ${valueText(change.after)}`
    : say`is ${valueText(change.after)}`;
  return doneReply(
    { ...context, prefix },
    say`${bold(change.key)} ${after}; it was ${valueText(change.before)}.`,
    change.case,
    {
      more: [
        setting.key === chatPrefix.key && say`Commands begin with ${code(prefix)} from now on.`,
        setting.isSecret && !isUnset && 'Delete your message: it holds the value, and the record does not.',
      ],
      // The record does not hold what it was before.
      canTakeBack: !setting.isSecret,
    },
  );
}

/** A value may stand in quotation marks, as anything may that holds spaces. */
const unquoted = (text: string): string => /^"([^"]*)"$/.exec(text.trim())?.[1] ?? text;

const set = defineCommand({
  name: 'config set',
  group: 'Order',
  summary: 'Sets one setting, which counts at once',
  role: 'ADMIN',
  args: { key: key(), value: rest(), reason: optional(named()) },
  leaves: { changes: 'CONFIG_CHANGE' },
  examples: [
    'config set limits.user 20/1m burst 5',
    'config set breaker.pause 1m reason:"it recovers slowly"',
  ],
  async handle(context, { key, value, reason }) {
    const { services, performer } = context;
    const options = { ...performer, reason: reason ?? undefined };
    return changed(context, await services.settings.set(key, unquoted(value), options), false);
  },
});

const unset = defineCommand({
  name: 'config unset',
  group: 'Order',
  summary: 'Sets one setting back to its default',
  role: 'ADMIN',
  args: { key: key(), reason: optional(named()) },
  leaves: { changes: 'CONFIG_CHANGE' },
  examples: ['config unset limits.user'],
  async handle(context, { key, reason }) {
    const { services, performer } = context;
    const options = { ...performer, reason: reason ?? undefined };
    return changed(context, await services.settings.unset(key, options), true);
  },
});

export const configCommands: readonly Command[] = [list, get, set, unset];
