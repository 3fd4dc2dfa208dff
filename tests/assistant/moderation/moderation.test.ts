import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Judgement } from '../../../src/assistant/model.js';
import { Moderation } from '../../../src/assistant/moderation/moderation.js';
import { Patterns, TookTooLong } from '../../../src/assistant/moderation/patterns.js';
import { moderationRulesFrom } from '../../../src/assistant/moderation/rules.js';
import { Breaker } from '../../../src/guards/breaker.js';
import { FakeClock } from '../../support/fakeClock.js';

const log = pino({ level: 'silent' });

interface Options {
  readonly rules?: unknown;
  readonly onFailure?: 'open' | 'closed';
  readonly endpoint?: () => Promise<Judgement>;
}

const moderation = ({ rules = {}, onFailure = 'closed', endpoint }: Options) =>
  new Moderation({
    rules: moderationRulesFrom(rules),
    onFailure,
    log,
    endpoint:
      endpoint === undefined
        ? null
        : {
            moderator: { moderate: endpoint },
            breaker: new Breaker({
              name: 'moderation',
              clock: new FakeClock(),
              rules: () => ({ failures: 2, pauseMs: 1000, timeoutMs: 1000 }),
              onTransition: () => {},
            }),
          },
  });

const insults = { name: 'insults', words: ['blockhead', 'silly goose'], patterns: ['\\byou+ fool'] };

describe('the words and patterns of a file', () => {
  const judge = moderation({ rules: { categories: [insults] } });

  test.each([
    'You BLOCKHEAD!',
    'blöckhead',
    'block\u00adhead',
    'b\u200block\u2060head',
    'ｂｌｏｃｋｈｅａｄ',
    'block\u034fhead',
    'block\u3164head',
    'block\uffa0head',
    'block\u115fhead',
    'block\ufe0fhead',
    'block\u0001head',
    'block\ud800head',
    'block\u{e0061}head',
    'what a silly… goose',
    'a silly\ngoose',
    'youuu fool',
    'YOUUU FOOL',
    'you\ufe0fu foo\u034fl',
    'you\u3164 fool',
    'you fo\u0007ol',
  ])('find %j', async (text) => {
    expect(await judge.judge(text)).toEqual({ category: 'insults', score: '1', rule: 'file' });
  });

  test('find a word however many letters its capitals have', async () => {
    const german = moderation({ rules: { categories: [{ name: 'x', words: ['Maßlos'] }] } });
    for (const text of ['maßlos', 'MASSLOS', 'MAẞLOS'])
      expect(await german.judge(text)).toMatchObject({ category: 'x' });
  });

  test('find a pattern in which something cannot be seen', async () => {
    const hearts = moderation({ rules: { categories: [{ name: 'x', patterns: ['\u2764\ufe0f+ me'] }] } });
    for (const text of ['\u2764 me', '\u2764\ufe0f me'])
      expect(await hearts.judge(text)).toMatchObject({ category: 'x' });
  });

  test.each(['', 'blockheads are cylinders', 'silly old goose', 'thank you', 'bayou fool’s'])(
    'let %j pass',
    async (text) => {
      expect(await judge.judge(text)).toBeNull();
    },
  );

  test('count up to the threshold, each of them once, and each category its own patterns', async () => {
    const two = moderation({
      rules: {
        categories: [
          { name: 'ads', words: ['buy', 'now'], patterns: ['https?:'], threshold: 2 },
          { name: 'links', patterns: ['example\\.com'] },
        ],
      },
    });
    expect(await two.judge('buy buy buy')).toBeNull();
    expect(await two.judge('buy it at http://x')).toMatchObject({ category: 'ads', score: '2' });
    expect(await two.judge('example.com')).toMatchObject({ category: 'links', score: '1' });
  });
});

describe('a pattern that takes for ever', () => {
  // Not exponential, so it is not refused beforehand; on a long text it is slow all the same.
  const slow = '\\w*\\w*\\w*\\w*\\w*\\w*!';
  const text = 'a'.repeat(8000);

  test('is ended in time, and nobody knows what it would have said', async () => {
    const started = performance.now();
    expect(() => new Patterns([slow]).matches(text)).toThrow(TookTooLong);
    expect(performance.now() - started).toBeLessThan(2000);
    const rules = { categories: [{ name: 'slow', patterns: [slow] }] };
    expect(await moderation({ rules }).judge(text)).toEqual({
      category: 'undecided',
      score: '1',
      rule: 'failure',
    });
    expect(await moderation({ rules, onFailure: 'open' }).judge(text)).toBeNull();
  });

  test('does not keep the next text from being looked at', () => {
    const patterns = new Patterns([slow, 'goose']);
    expect(() => patterns.matches(text)).toThrow(TookTooLong);
    expect(patterns.matches('a goose!')).toEqual([true, true]);
  });
});

describe("the endpoint's opinion", () => {
  const scores = new Map([
    ['violence', 0.4],
    ['self-harm/intent', 0.934],
  ]);

  test('counts where it is asked', async () => {
    const yes = moderation({ endpoint: async () => ({ isFlagged: true, scores }) });
    expect(await yes.judge('x')).toEqual({ category: 'self-harm/intent', score: '0.93', rule: 'endpoint' });
    const no = moderation({ endpoint: async () => ({ isFlagged: false, scores }) });
    expect(await no.judge('x')).toBeNull();
  });

  test('is replaced by scores from which on a category counts, where the file has them', async () => {
    const rules = { endpoint: { violence: 0.4, sexual: 0.1 } };
    const one = moderation({ rules, endpoint: async () => ({ isFlagged: false, scores }) });
    expect(await one.judge('x')).toMatchObject({ category: 'violence', score: '0.40' });
    const other = moderation({
      rules: { endpoint: { sexual: 0.1 } },
      endpoint: async () => ({ isFlagged: true, scores }),
    });
    expect(await other.judge('x')).toBeNull();
  });

  test('is not asked about what the rules have found', async () => {
    let asked = 0;
    const both = moderation({
      rules: { categories: [insults] },
      endpoint: async () => {
        asked += 1;
        return { isFlagged: false, scores: new Map() };
      },
    });
    expect(await both.judge('blockhead')).toMatchObject({ rule: 'file' });
    expect(asked).toBe(0);
  });

  test('keeps nothing of a name that could be a text', async () => {
    const odd = new Map([[`what you wrote: ${'x'.repeat(99)}`, 1]]);
    const found = await moderation({ endpoint: async () => ({ isFlagged: true, scores: odd }) }).judge('x');
    expect(found!.category).toMatch(/^[A-Za-z0-9/_-]{1,64}$/);
  });

  test('is the configured choice where there is none: closed, or open', async () => {
    const down = async (): Promise<Judgement> => Promise.reject(new Error('down'));
    expect(await moderation({ endpoint: down }).judge('x')).toMatchObject({ rule: 'failure' });
    expect(await moderation({ endpoint: down, onFailure: 'open' }).judge('x')).toBeNull();
  });

  test('is not asked for while its breaker is open', async () => {
    let asked = 0;
    const one = moderation({
      endpoint: async () => {
        asked += 1;
        throw new Error('down');
      },
    });
    for (let time = 0; time < 5; time++) expect(await one.judge('x')).toMatchObject({ rule: 'failure' });
    expect(asked).toBe(2);
  });
});
