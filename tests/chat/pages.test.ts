import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../src/access/person.js';
import { Pages } from '../../src/chat/pages.js';
import { say } from '../../src/chat/text.js';
import { failureOf } from '../support/failureOf.js';

const somebody = (address: string): Person => ({
  id: null,
  address,
  name: null,
  role: 'ADMIN',
  isActive: true,
  isListed: false,
});
const ana = somebody('+12025550100');

const textOf = async (pages: Pages, person = ana, chatId = 'chat') =>
  String((await pages.next(person, chatId)).text);

describe('the pages of a long answer', () => {
  test('go on from one to the next, and end', async () => {
    const pages = new Pages();
    const page = (number: number) => async () => {
      if (number < 3) pages.remember(ana, 'chat', page(number + 1));
      return { text: say`page ${number}` };
    };
    pages.remember(ana, 'chat', page(2));
    expect([await textOf(pages), await textOf(pages)]).toEqual(['page 2', 'page 3']);
    expect(await failureOf(pages.next(ana, 'chat'))).toMatchObject({ code: 'NO_NEXT_PAGE' });
  });

  test('are of one person in one chat', async () => {
    const pages = new Pages();
    pages.remember(ana, 'chat', async () => ({ text: say`mine` }));
    expect(await failureOf(pages.next(ana, 'another'))).toMatchObject({ code: 'NO_NEXT_PAGE' });
    expect(await failureOf(pages.next(somebody('+12025550101'), 'chat'))).toMatchObject({
      code: 'NO_NEXT_PAGE',
    });
    expect(await textOf(pages)).toBe('mine');
  });

  test('can be asked for again where making one failed', async () => {
    const pages = new Pages();
    let tries = 0;
    pages.remember(ana, 'chat', async () => {
      tries += 1;
      if (tries === 1) throw new Error('away');
      return { text: say`at last` };
    });
    await failureOf(pages.next(ana, 'chat'));
    expect(await textOf(pages)).toBe('at last');
  });

  test('are forgotten, the oldest first, where there are very many', async () => {
    const pages = new Pages();
    for (let chat = 0; chat <= 1000; chat++)
      pages.remember(ana, `chat ${chat}`, async () => ({ text: say`${chat}` }));
    expect(await failureOf(pages.next(ana, 'chat 0'))).toMatchObject({ code: 'NO_NEXT_PAGE' });
    expect(await textOf(pages, ana, 'chat 1')).toBe('1');
  });
});
