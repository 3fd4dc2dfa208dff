import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { auditCommands } from '../../../src/chat/commands/audit/index.js';
import { parseVerifierKey } from '../../../src/ledger/note.js';
import { verifyFile } from '../../../src/ledger/verifyFile.js';
import { noteLine } from '../../../src/signing/noteLine.js';
import { describeOnBothDatabases, freshSqlite } from '../../support/databases.js';
import { readPng } from '../picture/png.js';
import { ANA, BO, type Chat, CY, openChat } from '../support/chat.js';

/** An owner and an admin who write, and somebody things are done to. */
async function opened(fresh = freshSqlite): Promise<Chat> {
  const chat = await openChat({ database: await fresh() });
  await chat.give(CY, 'ADMIN', 'Cy');
  await chat.says(ANA, `!role promote ${BO} reason:"on call"`, { name: 'Ana' });
  return chat;
}

/** `many` entries that lists and exports can be made of. */
const fill = (chat: Chat, many: number) =>
  Promise.all(
    Array.from({ length: many }, (_, index) =>
      chat.record.write('SESSION_CHANGE', {
        actor: { phone: CY, name: 'Cy' },
        description: `entry number ${index + 1}`,
        outcome: index % 4 === 0 ? 'failure' : 'success',
      }),
    ),
  );

const linesOf = (text: string) => text.split('\n');
const cases = (text: string) => [...text.matchAll(/^#(\d+) /gm)].map(([, number]) => Number(number));

describeOnBothDatabases(
  'reading the record',
  (fresh) => {
    test('lists what there is, newest first, in pages that go on where they ended', async () => {
      const chat = await opened(fresh);
      await fill(chat, 25);
      const first = await chat.asks(ANA, '!audit list action:session.change');
      expect(cases(first)).toHaveLength(10);
      expect(first).toContain('More: `!audit next`');
      const second = await chat.asks(ANA, '!audit next');
      const third = await chat.asks(ANA, '!audit next');
      const all = [first, second, third].flatMap(cases);
      expect(all).toHaveLength(25);
      expect(all).toEqual([...all].sort((a, b) => b - a));
      expect(new Set(all).size).toBe(25);
      expect(third).not.toContain('!audit next`');
      expect(await chat.asks(ANA, '!audit next')).toContain('There is no next page here.');
    });

    test('keeps the place of each person in each chat', async () => {
      const chat = await opened(fresh);
      await fill(chat, 25);
      await chat.asks(ANA, '!audit list action:session.change');
      await chat.asks(CY, '!audit list action:session.change');
      const ofAna = cases(await chat.asks(ANA, '!audit next'));
      expect(cases(await chat.asks(CY, '!audit next'))).toEqual(ofAna);
      expect(await chat.asks(ANA, '!audit next', { group: 'Team' })).toContain('There is no next page here.');
    });

    test('finds what somebody did and what was done to them, by phone and by linked LID', async () => {
      const chat = await opened(fresh);
      await chat.record.write('SESSION_CHANGE', { actor: { phone: 'lid:100200300' }, description: 'by lid' });
      await chat.record.write('SESSION_CHANGE', { actor: { phone: CY }, description: 'by somebody else' });
      await chat.says(ANA, `!role link lid:100200300 ${BO}`);
      const text = await chat.asks(ANA, `!audit user ${BO}`);
      expect(text).toContain(`By or about ${BO}`);
      expect(text).toContain('made');
      expect(text).toContain('by lid');
      expect(text).not.toContain('by somebody else');
      expect(cases(await chat.asks(ANA, `!audit user ${BO} action:session.change`))).toHaveLength(1);
    });

    test('counts, with a picture', async () => {
      const chat = await opened(fresh);
      await fill(chat, 40);
      await chat.clock.advance(3_600_000);
      const [message] = await chat.says(ANA, '!audit stats 7d');
      expect(message?.text).toMatch(/^\*\d+ events\* since 2031-05-07 13:00 \(UTC\) until now/);
      expect(message?.text).toMatch(/\*Outcome\*: success \d+, failure 10/);
      expect(message?.text).toContain('*Cy* (+12025550102) 40');
      expect(message?.picture).toMatchObject({ name: 'activity.png', mime: 'image/png' });
      const png = readPng(message!.picture!.bytes);
      expect([png.width, png.height]).toEqual([1080, 1080]);
      expect(png.colours.get('#be123c')).toBeGreaterThan(1000);
    });

    test.each(['csv', 'json', 'ndjson'] as const)('exports as %s the rows of the list', async (format) => {
      const chat = await opened(fresh);
      await fill(chat, 13);
      const events = await chat.eventsOf(async () => {
        const [message] = await chat.says(
          ANA,
          `!audit export ${format} action:session.change outcome:failure`,
        );
        const { bytes, name } = message!.document!;
        expect(name).toBe(`reeve-2031-05-14-1200.${format}`);
        const text = bytes.toString();
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        expect(message?.text).toContain('4 events, newest first');
        expect(message?.text).toContain(sha256);
        const listed = cases(await chat.asks(ANA, '!audit list action:session.change outcome:failure'));
        const rows = {
          csv: () =>
            linesOf(text)
              .slice(1, -1)
              .map((row) => Number(row.split(',')[0])),
          json: () => (JSON.parse(text) as { seq: number }[]).map(({ seq }) => seq),
          ndjson: () => linesOf(text.trim()).map((row) => (JSON.parse(row) as { seq: number }).seq),
        }[format]();
        expect(rows).toEqual(listed);
        expect(text).toContain('entry number 13');
      });
      expect(events.map(({ action }) => action)).toEqual(['AUDIT_LOG_EXPORTED', 'AUDIT_LOG_VIEWED']);
      expect(events[0]).toMatchObject({ actorPhone: ANA, metadata: expect.stringContaining('"rows":4') });
    });

    test('proves one event to somebody who has only the key', async () => {
      const chat = await opened(fresh);
      const [message] = await chat.says(ANA, '!audit proof #2');
      const { bytes, name } = message!.document!;
      expect(name).toBe('case-2.json');
      expect(message?.text).toContain('reeve verify case-2.json');
      const keys = [parseVerifierKey(chat.record.ledger.vkey)];
      const verdict = await verifyFile(Readable.from([bytes]), {
        keys,
        checkpoints: [],
        now: chat.clock.now(),
      });
      expect(verdict).toMatchObject({ verdict: 'intact', from: 2, to: 2 });
    });

    test('says in one sentence whether it is whole', async () => {
      const chat = await opened(fresh);
      expect(await chat.asks(ANA, '!audit verify')).toMatch(
        /^\*✓ Intact: all \d+ entries are as they were written; no checkpoint covers them yet/,
      );
      await chat.record.sign();
      expect(await chat.asks(ANA, '!audit verify full')).toMatch(/^\*✓ Intact/);
    });

    test('says how long events are kept, what would go, and what has to wait', async () => {
      const chat = await opened(fresh);
      const days = (count: number) => chat.clock.now() - count * 86_400_000;
      const write = (...ages: number[]) =>
        Promise.all(
          ages.map((age) => chat.record.write('SESSION_CHANGE', { at: days(age), description: 'then' })),
        );
      await write(100, 91, 88, 95, 20);
      const text = await chat.asks(ANA, '!audit retention');
      expect(text).toContain(
        'Events are kept for *90 days*: those from before 2031-02-13 12:00 have expired.',
      );
      expect(text).toContain('None is older than that.');
      expect(text).toContain('3 events of that age stand after one that has to stay');
      expect(text).toContain('In the next 7 days 1 event more will be.');
      expect(text).toContain('No run has happened so far.');
    });
  },
  { migrated: true },
);

describe('reading the record', () => {
  test('shows one event with what it changed', async () => {
    const chat = await opened();
    const text = await chat.asks(ANA, '!audit show 2');
    expect(linesOf(text).slice(0, 3)).toEqual([
      '*#2* · ROLE_CHANGE · success',
      `Ana made ${BO} OPERATOR`,
      '2031-05-14 12:00 (UTC)',
    ]);
    expect(text).toContain('*Change*\nrole: USER → OPERATOR');
    expect(text).toContain(`By: Ana (${ANA}), then OWNER`);
    expect(text).toContain('Reason: on call');
    expect(text).toContain('Message: memory-1');
  });

  test('shows a group no number, no message and no address of a device', async () => {
    const chat = await opened();
    await chat.record.write('SESSION_CHANGE', {
      actor: { phone: BO },
      description: `seen with ${CY}`,
      ip: '192.0.2.7',
      metadata: { contact: CY },
    });
    for (const ask of [
      '!audit show 3',
      '!audit show 2',
      '!audit list',
      `!audit user ${BO}`,
      '!audit stats',
      '!audit why 2',
    ]) {
      const messages = await chat.says(ANA, ask, { group: 'Team' });
      expect(messages.map(({ text }) => text).join('\n')).not.toMatch(/\+\d{6}|192\.0|memory-/);
    }
  });

  test('sends exports and proofs of a group to the direct chat', async () => {
    const chat = await opened();
    chat.gateway.sent.length = 0;
    await chat.says(ANA, '!audit export csv', { group: 'Team' });
    await chat.says(ANA, '!audit proof 2', { group: 'Team' });
    const files = chat.gateway.sent.filter(({ message }) => message.document !== undefined);
    expect(files.map(({ chatId }) => chatId)).toEqual([`direct:${ANA}`, `direct:${ANA}`]);
  });

  test.each([
    ['!audit show 99', 'There is no #99; the newest is #'],
    ['!audit show none', 'the number of a case'],
    ['!audit proof 99', 'There is no #99; the newest is #'],
    ['!audit list outcom:denied', 'Did you mean outcome?'],
    ['!audit list category:securty', 'Did you mean SECURITY?'],
    ['!audit category securty', 'Example: `!audit list category:SECURITY`'],
    ['!audit action role_chang', 'Did you mean ROLE_CHANGE?'],
    ['!audit search ***', 'There is no letter or digit to look for.'],
    ['!audit stats 2 fortnights', 'That is neither a time nor a query.'],
    ['!audit export xml', 'one of csv, json, ndjson'],
    ['!audit run nothing', 'You have saved none so far.'],
    ['!audit save two words:x', 'There is no field'],
  ])('teaches: %s', async (ask, answer) => {
    const chat = await opened();
    expect(await chat.asks(ANA, ask)).toContain(answer);
  });

  test('says which stretch of time an export is of', async () => {
    const chat = await opened();
    const text = await chat.asks(ANA, '!audit export csv since:1h');
    expect(linesOf(text)[0]).toBe('2 events, newest first since 2031-05-14 11:00 (UTC) until now');
    expect(linesOf(await chat.asks(ANA, '!audit export csv action:role.*'))[0]).toBe(
      '2 events, newest first',
    );
    expect(await chat.asks(ANA, '!audit export csv actor:nobody')).toBe(
      'Nothing was found, so there is no file.',
    );
  });

  test('says which rule refused, with what it went by at that time', async () => {
    const chat = await opened();
    await chat.says(BO, '!audit list', { name: 'Bo' });
    await chat.says(ANA, `!role promote ${BO}`);
    const text = await chat.asks(ANA, '!audit why 3');
    expect(linesOf(text)).toEqual([
      '*#3* · Bo was refused `audit list` (takes a higher role)',
      'The rule *role* refused `audit list`:',
      '✓ active',
      '✓ whitelist',
      '✓ limit',
      '✗ role: OPERATOR; it takes ADMIN',
      expect.stringMatching(/admins and owners may/i),
    ]);
  });

  test('says which limit refused, and what it was', async () => {
    const chat = await opened();
    await chat.bot.services.settings.set('limits.user', '2/1m');
    for (let count = 0; count < 3; count++) await chat.says(BO, '!mydata');
    const limited = (await chat.events()).find(({ action }) => action === 'RATE_LIMIT_VIOLATION')!;
    expect(linesOf(await chat.asks(ANA, `!audit why ${limited.seq}`)).slice(1)).toEqual([
      'The rule *limit* refused it:',
      '✓ active',
      '✓ whitelist',
      '✗ limit: user, which was 2/1m',
      '`!limits show` shows how it is now.',
    ]);
  });

  test('says why something was done, was left undone, or failed', async () => {
    const chat = await opened();
    expect(await chat.asks(ANA, '!audit why 1')).toContain('Nobody asked for it: Reeve did it by itself.');
    const done = await chat.asks(ANA, '!audit why 2');
    expect(done).toContain('At that time Ana was OWNER.');
    expect(done).toContain('The reason given: on call');
    await chat.says(ANA, `!role promote ${BO} operator`);
    const failed = (await chat.events()).at(-1)!;
    expect(failed).toMatchObject({ action: 'ROLE_CHANGE', outcome: 'failure' });
    expect(await chat.asks(ANA, `!audit why ${failed.seq}`)).toContain('it failed by itself: ALREADY_SO');
    await chat.says(ANA, '!audit list', { at: chat.clock.now() - 600_000 });
    const late = (await chat.events()).find(({ outcome }) => outcome === 'ignored')!;
    expect(await chat.asks(ANA, `!audit why ${late.seq}`)).toContain('It was not run: it came too late.');
  });

  test('lists by words, by `me`, by action and by category', async () => {
    const chat = await opened();
    expect(cases(await chat.asks(ANA, '!audit search "on call"'))).toEqual([2]);
    expect(cases(await chat.asks(ANA, '!audit list actor:me action:role.*'))).toEqual([2]);
    expect(cases(await chat.asks(ANA, '!audit action role.change'))).toEqual([2, 1]);
    expect(cases(await chat.asks(ANA, '!audit category ADMIN -actor:me'))).toEqual([1]);
    expect(await chat.asks(ANA, '!audit list since:1h actor:nobody')).toMatch(
      /^since 2031-05-14 11:00 \(UTC\) until now\nNothing was found\.$/,
    );
  });

  test.each([
    ['!audit stats', 'since 2031-05-07 12:00'],
    ['!audit stats 24h', 'since 2031-05-13 12:00'],
    ['!audit stats yesterday', 'since 2031-05-13 00:00 (UTC) until the end of 2031-05-13'],
    ['!audit stats last week', 'since 2031-05-05 00:00 (UTC) until the end of 2031-05-11'],
    ['!audit stats category:admin', '*2 events* since 2031-05-07 12:00'],
    ['!audit stats "on call" since:1h', '*1 event* since 2031-05-14 11:00'],
    ['!audit stats all', '*2 events*\n'],
  ])('counts the time that is asked for: %s', async (ask, answer) => {
    const chat = await opened();
    const [message] = await chat.says(ANA, ask);
    expect(message?.text).toContain(answer);
    // Of nothing there is no picture.
    if (message?.text?.startsWith('Nothing')) expect(message.picture).toBeUndefined();
    else expect(message?.picture?.bytes.length).toBeGreaterThan(10_000);
  });

  test('runs saved queries, and an undo brings a dropped one back', async () => {
    const chat = await opened();
    expect(await chat.asks(ANA, '!audit save roles action:role.*')).toContain('Saved as `roles`. Case #3.');
    expect(await chat.asks(ANA, '!audit run roles')).toMatch(/^`roles`\n#2 /);
    expect(await chat.asks(ANA, '!audit saved')).toContain('`roles` action:role.');
    const dropped = await chat.asks(ANA, '!audit drop roles');
    const number = /#(\d+)/.exec(dropped)?.[1];
    expect(await chat.asks(ANA, '!audit saved')).toContain('You have saved no query.');
    await chat.says(ANA, `!undo ${number}`);
    expect(await chat.asks(ANA, '!audit saved')).toContain('`roles` action:role.');
  });

  test('leaves one event each, whatever is asked', async () => {
    const chat = await opened();
    await chat.says(ANA, '!audit save roles action:role.*');
    const line = noteLine((await chat.record.sign()).note);
    for (const { examples, name, leaves } of auditCommands) {
      if (leaves === 'nothing' || name === 'audit next') continue;
      const ask = examples[0]!
        .replace('1234', '2')
        .replace('denials', 'roles')
        .replace('@Bo', BO)
        .replace(/reeve-checkpoint:.*/, line);
      // Reading is collapsed within a minute.
      await chat.clock.advance(61_000);
      const before = (await chat.events()).at(-1)!.seq;
      await chat.says(ANA, `!${ask}`);
      const left = (await chat.events()).filter(({ seq }) => seq > before);
      expect([ask, left.map(({ action }) => action)]).toEqual([ask, [expect.any(String)]]);
      expect(left[0]).toMatchObject({ actorPhone: ANA, chatId: `direct:${ANA}` });
    }
  });
});
