/** What the program tells of itself, by the name of the place where documentation has it. */
import { BUILT_IN_ACTIONS } from '../../dist/audit/catalogue/builtIn.js';
import { AuditLogger } from '../../dist/audit/logger.js';
import { describeFilter } from '../../dist/audit/query/describe.js';
import { QUERY_FIELDS } from '../../dist/audit/query/fields.js';
import { explainMistake } from '../../dist/audit/query/mistake.js';
import { parseQuery } from '../../dist/audit/query/parse.js';
import { createRedactor } from '../../dist/audit/redaction/redactor.js';
import { usageOf } from '../../dist/chat/binding.js';
import { GROUPS } from '../../dist/chat/command.js';
import { builtInCommands } from '../../dist/chat/commands/index.js';
import { COMMANDS } from '../../dist/cli/commands/index.js';
import { commandHelp } from '../../dist/cli/help.js';
import { block, code, plain, table } from './markdown.js';
import { payloadInWords } from './payload.js';
import { MISTAKES, QUERIES, SECRETS } from './samples.js';

/** Examples are read at this moment, so that they say the same every day. */
const CONTEXT = { now: Date.parse('2026-11-21T12:00:00Z'), timeZone: 'Europe/Berlin' };

export const SECTIONS = {
  actions: () =>
    table(
      ['action', 'category', 'verb', 'entity type', 'severity', 'delivery', 'recorded when'],
      BUILT_IN_ACTIONS.map((action) => [
        code(action.name),
        action.category,
        action.verb,
        action.entityType ?? '',
        action.severity,
        action.delivery,
        plain(action.description),
      ]),
    ),

  payloads: () =>
    table(
      ['action', 'method', 'payload'],
      BUILT_IN_ACTIONS.map(({ name, payload }) => [code(name), methodFor(name), payloadInWords(payload)]),
    ),

  'query-fields': () =>
    table(
      ['field', 'also', 'takes', 'example'],
      QUERY_FIELDS.map(({ name, aliases, takes, example }) => [
        code(name),
        aliases.map(code).join(', '),
        plain(takes),
        code(example),
      ]),
    ),

  'query-examples': () =>
    table(
      ['query', 'understood as'],
      QUERIES.map((query) => [code(query), plain(describeFilter(parsed(query).filter, CONTEXT))]),
    ),

  'query-mistake': () =>
    MISTAKES.map((query) => block('', explainMistake(query, parseQuery(query, CONTEXT).error))).join('\n'),

  redaction: () => table(['given', 'recorded'], SECRETS.map(redacted)),

  commands: () =>
    table(
      ['command', 'what it does'],
      COMMANDS.map(({ name, words, summary }) => [
        code(`reeve ${name}${words === '' ? '' : ` ${words}`}`),
        plain(summary),
      ]),
    ),

  'command-help': () =>
    COMMANDS.map((command) => {
      const summary = `<summary><code>reeve ${command.name}</code>: ${plain(command.summary)}</summary>`;
      return `<details>\n${summary}\n\n${block('', commandHelp(command))}\n</details>\n`;
    }).join('\n'),

  'chat-commands': () =>
    GROUPS.map((group) => {
      const commands = builtInCommands.filter((command) => command.group === group);
      return `## ${group}\n\n${commands.map(chatCommand).join('\n')}`;
    }).join('\n'),
};

function chatCommand(command) {
  const { aliases, summary, role, whoMay, isDirectOnly, leaves, examples } = command;
  const facts = [
    role === 'USER' ? 'everybody' : role,
    isDirectOnly ? 'in a direct chat only' : null,
    command.confirm === undefined ? null : 'may ask for a code first',
    leavesInWords(leaves),
    aliases.length === 0 ? null : `also ${aliases.map((alias) => code(`!${alias}`)).join(', ')}`,
  ];
  return (
    `### ${code(`!${usageOf(command)}`)}\n\n${plain(summary)}${whoMay === null ? '' : `. ${plain(whoMay)}`}\n\n` +
    `${facts.filter((fact) => fact !== null).join(' · ')}\n\n` +
    block('', examples.map((example) => `!${example}`).join('\n'))
  );
}

function leavesInWords(leaves) {
  if (leaves === 'nothing') return 'leaves nothing in the record';
  if ('changes' in leaves) return `leaves ${[leaves.changes].flat().map(code).join(' or ')}`;
  return 'reads' in leaves ? `leaves ${code(leaves.reads)}` : 'leaves an event of its own';
}

function methodFor(action) {
  const words = action.split('_').map((word) => word[0] + word.slice(1).toLowerCase());
  const method = `log${words.join('')}`;
  return method in AuditLogger.prototype ? code(method) : '';
}

function parsed(query) {
  const result = parseQuery(query, CONTEXT);
  if (!result.ok) throw new Error(explainMistake(query, result.error));
  return result;
}

function redacted(sample) {
  const redactor = createRedactor();
  if (!('before' in sample)) {
    return [sample.value, redactor.redact(sample.value)].map((value) => code(JSON.stringify(value)));
  }
  const pair = redactor.redactPair(sample.before, sample.after);
  return [sample, pair].map(({ before, after }) =>
    code(`${JSON.stringify(before)} → ${JSON.stringify(after)}`),
  );
}
