import { rest, word } from '../../argument.js';
import { defineCommand } from '../../command.js';
import { masked } from '../../masked.js';
import { code, lines, say } from '../../text.js';
import { queryOf } from './around.js';
import { listing } from './listing.js';

const name = () => word((text) => ({ ok: true, value: text }), 'search');

export const save = defineCommand({
  name: 'audit save',
  group: 'Record',
  summary: 'Keeps a query under a name, for you',
  role: 'ADMIN',
  leaves: { changes: 'SAVED_SEARCH_CHANGE' },
  args: { name: word(), query: rest('field') },
  examples: ['audit save denials -outcome:success since:1d'],
  async handle(context, { name: given, query }) {
    const { services, person, performer, prefix } = context;
    // What cannot be read is not kept.
    queryOf(context, query, `audit save ${given}`);
    const saved = await services.searches.save(person.address, given, query, { performedBy: performer });
    return {
      text: lines(
        say`Saved as ${code(saved.name)}${saved.before === null ? say`` : say`, in the place of ${code(String(masked(saved.before, context.show)))}`}. Case #${saved.case}.`,
        say`To use it: ${code(`${prefix}audit run ${saved.name}`)}`,
      ),
    };
  },
});

export const saved = defineCommand({
  name: 'audit saved',
  group: 'Record',
  summary: 'The queries you have saved',
  role: 'ADMIN',
  leaves: 'nothing',
  args: {},
  examples: ['audit saved'],
  async handle({ services, person, prefix }) {
    const all = await services.searches.list(person.address);
    if (all.length === 0)
      return {
        text: lines(
          say`You have saved no query.`,
          say`For example: ${code(`${prefix}${save.examples[0]!}`)}`,
        ),
      };
    return {
      text: lines(
        ...all.map((one) => say`${code(one.name)} ${one.query}`),
        say`To use one: ${code(`${prefix}audit run ${all[0]!.name}`)}`,
      ),
      // A query names people.
      isPrivate: true,
    };
  },
});

export const run = defineCommand({
  name: 'audit run',
  group: 'Record',
  summary: 'Lists what a saved query finds now',
  role: 'ADMIN',
  leaves: { reads: 'AUDIT_LOG_VIEWED' },
  args: { name: name() },
  examples: ['audit run denials'],
  async handle(context, { name: given }) {
    const { services, person } = context;
    const search = await services.searches.get(person.address, given);
    return listing(context, { ...queryOf(context, search.query), title: say`${code(search.name)}` });
  },
});

export const drop = defineCommand({
  name: 'audit drop',
  group: 'Record',
  summary: 'Forgets a saved query',
  role: 'ADMIN',
  leaves: { changes: 'SAVED_SEARCH_CHANGE' },
  args: { name: name() },
  examples: ['audit drop denials'],
  async handle({ services, person, performer, prefix }, { name: given }) {
    const dropped = await services.searches.drop(person.address, given, { performedBy: performer });
    return {
      text: lines(
        say`${code(dropped.name)} is forgotten. Case #${dropped.case}.`,
        say`To have it back: ${code(`${prefix}undo ${dropped.case}`)}`,
      ),
    };
  },
});
