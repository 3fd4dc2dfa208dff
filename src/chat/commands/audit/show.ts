import { describeInstant } from '../../../audit/query/describe.js';
import type { AuditItem } from '../../../audit/repository.js';
import { word } from '../../argument.js';
import { type CommandContext, defineCommand } from '../../command.js';
import { differences, differenceWords, leavesOf } from '../../diff.js';
import { clipped, masked } from '../../masked.js';
import { type Reader, sentence } from '../../sentence.js';
import { bold, code, joined, lines, opening, plain, say, type Text } from '../../text.js';
import { readCase } from '../readCase.js';
import { itemOf, readerFor } from './around.js';

/** Longer lists and texts are for an export. */
const MOST_LINES = 25;
const LONGEST_VALUE = 200;

export const show = defineCommand({
  name: 'audit show',
  aliases: ['audit case'],
  group: 'Record',
  summary: 'Everything of one event, with what it changed',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { case: word(readCase) },
  examples: ['audit show 1234'],
  async handle(context, { case: number }) {
    const item = await itemOf(context, number);
    return { text: details(item, context, await readerFor(context, [item])), rows: 1 };
  },
});

function details(item: AuditItem, context: CommandContext, reader: Reader): Text {
  const { prefix, message } = context;
  const words = (text: string) => plain(clipped(String(masked(text, context.show)), LONGEST_VALUE));
  const field = (name: string, value: string | number | null) =>
    value === null ? null : say`${name}: ${words(String(value))}`;
  const changes = differences(item.before, item.after).map((one) => words(differenceWords(one)));
  const metadata = [...leavesOf(item.metadata)].map(([name, value]) =>
    words(`${name === '' ? 'metadata' : name}: ${value}`),
  );
  const when = `${describeInstant(item.at, reader.timeZone)} (${reader.timeZone})`;
  return joined(
    [
      lines(
        say`${bold(`#${item.seq}`)} · ${item.action} · ${item.outcome}`,
        opening(sentence(item, reader)),
        when,
        item.erasedAt !== null &&
          say`Erased on ${describeInstant(item.erasedAt, reader.timeZone)}: what it said of a person is gone.`,
      ),
      changes.length > 0 && lines(bold('Change'), ...bounded(changes)),
      lines(
        who(item, context),
        field('Reason', item.reason),
        field('Error', item.error),
        about(item, words),
        say`Category: ${item.category} · ${item.verb}`,
        say`By way of: ${item.channel}`,
        ...bounded(metadata),
      ),
      // Who else reads here need not know by which device and message it was done.
      message.chat.isGroup
        ? say`More of it in a direct chat.`
        : lines(
            field('Chat', item.chatId),
            field('Message', item.messageKey),
            field('Request', [item.method, item.route, item.status].filter(Boolean).join(' ') || null),
            field('Request id', item.requestId),
            field('IP', item.ip),
            field('User agent', item.userAgent),
            field('Scopes', item.scopes),
            say`Id: ${item.id}`,
          ),
      say`Proof: ${code(`${prefix}audit proof ${item.seq}`)} · Why: ${code(`${prefix}audit why ${item.seq}`)}`,
    ],
    '\n\n',
  );
}

function who({ actorName, actorPhone, actorId, actorRole, actorType }: AuditItem, { show }: CommandContext) {
  const name = actorName === null ? null : masked(actorName, show);
  const id = actorId === null ? null : masked(actorId, show);
  const address = actorPhone === null ? id : show(actorPhone);
  const called =
    name !== null && address !== null ? say`${name} (${address})` : (name ?? address ?? say`somebody`);
  const role = actorRole === null ? say`` : say`, then ${actorRole}`;
  return actorType === 'user' ? say`By: ${called}${role}` : say`By: ${called} (${actorType})${role}`;
}

function about({ entityType, entityId }: AuditItem, words: (text: string) => Text): Text | null {
  if (entityType === null && entityId === null) return null;
  return say`About: ${joined([entityType, entityId === null ? null : words(entityId)], ' ')}`;
}

function bounded(all: readonly Text[]): Text[] {
  if (all.length <= MOST_LINES) return [...all];
  return [...all.slice(0, MOST_LINES), say`… and ${all.length - MOST_LINES} more`];
}
