import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditItem } from '../../src/audit/reading/item.js';
import type { Command } from '../../src/chat/command.js';
import { builtInCommands } from '../../src/chat/commands/index.js';
import { createTestBot, type TestBot } from '../../src/testing/index.js';

/**
 * Walks the registry: whoever adds a command that changes something has to say here how it is tried, and is told so
 * by a test that fails. Each is tried allowed, refused by role, by a deactivated person, with the database refusing
 * the change, and each time leaves exactly one event.
 */
interface Trial {
  /** What has to be there before. Its events are not counted. */
  arrange?(bot: TestBot): PromiseLike<unknown>;
  /** Without the prefix. */
  text: string;
  target: string | null;
  before: object | null;
  after: object | null;
  /** What the event is, where the command can leave several. */
  action?: string;
  /** How it is made to fail; by default the database refuses to write its tables. */
  breakIt?(bot: TestBot): void;
}

const BO = '+12025550111';
const LID = 'lid:99887766554433';
const GROUP = 'Team';

const TRIALS: Record<string, Trial> = {
  'role promote': {
    text: `role promote ${BO}`,
    target: BO,
    before: { role: 'USER' },
    after: { role: 'OPERATOR' },
  },
  'role demote': {
    arrange: (bot) => bot.services.membership.promoteToOperator(BO),
    text: `role demote ${BO}`,
    target: BO,
    before: { role: 'OPERATOR' },
    after: { role: 'USER' },
  },
  'role link': {
    text: `role link ${LID} ${BO}`,
    target: LID,
    before: { phone: null },
    after: { phone: BO },
  },
  'user deactivate': {
    text: `user deactivate ${BO}`,
    target: BO,
    before: { active: true },
    after: { active: false },
  },
  'user activate': {
    arrange: (bot) => bot.services.membership.deactivate(BO),
    text: `user activate ${BO}`,
    target: BO,
    before: { active: false },
    after: { active: true },
  },
  'whitelist add': {
    text: `whitelist add ${BO}`,
    target: BO,
    before: { listed: false },
    after: { listed: true },
  },
  'whitelist remove': {
    arrange: (bot) => bot.services.membership.addToWhitelist(BO),
    text: `whitelist remove ${BO}`,
    target: BO,
    before: { listed: true },
    after: { listed: false },
  },
  'whitelist on': {
    arrange: (bot) => bot.services.membership.addToWhitelist(BO),
    text: 'whitelist on',
    target: null,
    before: { enabled: false },
    after: { enabled: true },
  },
  'whitelist off': {
    arrange: async (bot) => {
      for (const address of [BO, ZOE]) await bot.services.membership.addToWhitelist(address);
      await bot.services.membership.switchWhitelist(true);
    },
    text: 'whitelist off',
    target: null,
    before: { enabled: true },
    after: { enabled: false },
  },
  'config set': {
    text: 'config set breaker.failures 7',
    target: 'breaker.failures',
    before: { 'breaker.failures': '5' },
    after: { 'breaker.failures': '7' },
  },
  'config unset': {
    arrange: (bot) => bot.services.settings.set('breaker.failures', '7', {}),
    text: 'config unset breaker.failures',
    target: 'breaker.failures',
    before: { 'breaker.failures': '7' },
    after: { 'breaker.failures': '5' },
  },
  'limits reset': {
    text: `limits reset ${BO}`,
    target: BO,
    before: null,
    after: null,
    breakIt: (bot) => replace(bot.services.limits, 'reset'),
  },
  'breaker open': {
    text: 'breaker open llm',
    target: 'llm',
    before: { state: 'closed' },
    after: { state: 'open' },
    breakIt: (bot) => replace(bot.services.breakers, 'open'),
  },
  'breaker reset': {
    arrange: (bot) => bot.services.breakers.open('llm', {}),
    text: 'breaker reset llm',
    target: 'llm',
    before: { state: 'open' },
    after: { state: 'closed' },
    breakIt: (bot) => replace(bot.services.breakers, 'reset'),
  },
  'audit save': {
    text: 'audit save denials outcome:denied',
    target: 'denials',
    before: { query: null },
    after: { query: 'outcome:denied' },
  },
  'audit drop': {
    arrange: (bot) => bot.owner.says('!audit save denials outcome:denied'),
    text: 'audit drop denials',
    target: 'denials',
    before: { query: 'outcome:denied' },
    after: { query: null },
  },
  'audit watch': {
    text: 'audit watch category:security for:30m',
    target: '+12025550199',
    before: { watching: false },
    after: { watching: true },
  },
  'audit unwatch': {
    arrange: (bot) => bot.owner.says('!audit watch category:security'),
    text: 'audit unwatch',
    target: '+12025550199',
    before: { watching: true },
    after: { watching: false },
  },
  reset: {
    arrange: (bot) =>
      bot.services.conversations.remember(BO, 'a chat', { asked: 'How are you?', answered: 'Well.' }),
    text: `reset ${BO}`,
    target: BO,
    before: { turns: 1 },
    after: { turns: 0 },
  },
  'hold person': {
    text: `hold person ${BO} reason:"the case of May"`,
    target: BO,
    before: { held: false },
    after: { held: true },
  },
  'hold query': {
    text: 'hold query action:role.* reason:"the case of May"',
    target: 'action:role.*',
    before: { held: false },
    after: { held: true },
  },
  'hold range': {
    text: 'hold range #3..7 reason:"the case of May"',
    target: '3-7',
    before: { held: false },
    after: { held: true },
  },
  'hold release': {
    arrange: (bot) => bot.services.holds.add({ kind: 'range', what: '3-7', reason: 'the case of May' }),
    text: 'hold release 2',
    target: '3-7',
    before: { held: true },
    after: { held: false },
  },
  undo: {
    arrange: (bot) => bot.services.membership.promoteToOperator(BO),
    text: 'undo 2',
    target: BO,
    before: { role: 'OPERATOR' },
    after: { role: 'USER' },
    action: 'ROLE_CHANGE',
  },
};

const ZOE = '+12025550112';

const changes = (
  command: Command,
): command is Command & { leaves: { changes: string | readonly string[] } } =>
  typeof command.leaves === 'object' && 'changes' in command.leaves;

/** What it leaves names nobody, so it has tests of its own: forget.test.ts. */
const NAMELESS = ['forget'];

const changing = builtInCommands.filter(changes).filter(({ name }) => !NAMELESS.includes(name));

let bot: TestBot;
beforeEach(async () => {
  bot = await createTestBot();
});
afterEach(() => bot.close());

test('every command that changes something has a trial here', () => {
  const names = changing.map(({ name }) => name);
  expect(Object.keys(TRIALS).sort()).toEqual(names.sort());
});

test('only exports, proofs and confirmations see to their events themselves', () => {
  const names = builtInCommands
    .filter(({ leaves }) => typeof leaves === 'object' && 'records' in leaves)
    .map(({ name }) => name);
  expect(names.sort()).toEqual(['audit export', 'audit proof', 'confirm']);
});

describe.each(changing)('!$name', (command) => {
  const trial = TRIALS[command.name]!;
  const action = trial.action ?? String(command.leaves.changes);

  test('allowed: one event with actor, target, before, after and the message', async () => {
    await trial.arrange?.(bot);
    const events = await eventsOf(() => run(bot, trial.text));
    expect(events).toHaveLength(1);
    const [event] = events;
    expect(event).toMatchObject({
      action,
      outcome: 'success',
      actorPhone: bot.owner.address,
      actorRole: 'OWNER',
      channel: 'whatsapp',
      entityId: trial.target,
    });
    expect(event!.messageKey).toMatch(/^\+12025550199 \d+$/);
    expect(event!.chatId).toBe(bot.gateway.directChat(bot.owner.address));
    expect(parsed(event!.before)).toEqual(trial.before);
    expect(parsed(event!.after)).toEqual(trial.after);
  });

  test('refused by role: one event that names the rule, and nothing is changed', async () => {
    await trial.arrange?.(bot);
    const zoe = bot.user(ZOE, { name: 'Zoe' });
    await zoe.says('hello');
    const before = await stateOf(bot);
    const events = await eventsOf(() => zoe.in(GROUP).says(`!${trial.text}`).replies(/may/));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: 'PERMISSION_DENIED',
      outcome: 'denied',
      actorPhone: ZOE,
      actorRole: 'USER',
      entityId: command.name,
      chatId: bot.gateway.groupChat(GROUP),
    });
    expect(parsed(events[0]!.metadata)).toMatchObject({ command: command.name, rule: expect.any(String) });
    expect(events[0]!.messageKey).toMatch(/^\+12025550112 \d+$/);
    expect(await stateOf(bot)).toEqual(before);
  });

  test('from somebody who is switched off: one event, no answer', async () => {
    await trial.arrange?.(bot);
    const zoe = bot.user(ZOE, { role: 'ADMIN', active: false });
    const events = await eventsOf(() => zoe.says(`!${trial.text}`).staysUnanswered());
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ action: 'PERMISSION_DENIED', outcome: 'denied', actorPhone: ZOE });
    expect(parsed(events[0]!.metadata)).toMatchObject({ rule: 'active' });
  });

  test('failed: one event with the outcome failure, an apology, and nothing is changed', async () => {
    await trial.arrange?.(bot);
    const before = await stateOf(bot);
    if (trial.breakIt === undefined) await refuseWrites(bot);
    else trial.breakIt(bot);
    const events = await eventsOf(() => run(bot, trial.text));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      outcome: 'failure',
      actorPhone: bot.owner.address,
      actorRole: 'OWNER',
      messageKey: expect.stringMatching(/^\+12025550199 \d+$/),
    });
    expect(await stateOf(bot)).toEqual(before);
  });
});

/** Says it as the owner, and confirms where that is asked for. */
async function run(bot: TestBot, text: string): Promise<void> {
  const { code } = await bot.owner.says(`!${text}`).replies();
  if (code !== null) await bot.owner.says(`!confirm ${code}`).replies();
}

/** What came into the record meanwhile. */
async function eventsOf(work: () => PromiseLike<unknown>): Promise<AuditItem[]> {
  const before = (await bot.events()).length;
  await work();
  return (await bot.events()).slice(before);
}

const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

const STATE = ['ConversationTurn', 'LegalHold', 'User', 'LidLink', 'Setting', 'SavedSearch', 'Watch'];

async function stateOf({ record }: TestBot): Promise<unknown> {
  const tables = STATE.map((table) => record.store.read.all(`SELECT * FROM "${table}" ORDER BY 1, 2, 3`));
  return Promise.all(tables);
}

/** A database that takes events and nothing else. */
async function refuseWrites({ record }: TestBot): Promise<void> {
  await record.store.transaction(async (tx) => {
    for (const table of STATE)
      for (const way of ['INSERT', 'UPDATE', 'DELETE'])
        await tx.run(
          `CREATE TRIGGER "refuse_${table}_${way}" BEFORE ${way} ON "${table}" BEGIN SELECT RAISE(ABORT, 'refused'); END`,
        );
  });
}

function replace<T extends object>(service: T, method: keyof T & string): void {
  Object.defineProperty(service, method, { value: () => Promise.reject(new Error('refused')) });
}
