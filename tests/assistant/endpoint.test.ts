import { beforeEach, describe, expect, test } from '@jest/globals';
import { Endpoint } from '../../src/assistant/endpoint.js';
import { type ModelMessage, ServiceFailure } from '../../src/assistant/model.js';
import { failureOf } from '../support/failureOf.js';
import { failing, judging, type LlmAnswer, LlmServer, saying } from '../support/llmServer.js';

const NOW = Date.parse('2031-04-14T12:00:00Z');
const messages: readonly ModelMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'a secret question' },
];

let server: LlmServer;
beforeEach(async () => {
  server = await LlmServer.open();
});

const endpoint = (more: { apiKey?: string | undefined; moderationModel?: string } = {}) =>
  new Endpoint({
    baseUrl: server.url,
    model: 'small-model',
    apiKey: 'key-1',
    moderationModel: undefined,
    now: () => NOW,
    ...more,
  });

const complete = (answer?: LlmAnswer, signal = new AbortController().signal) => {
  if (answer !== undefined) server.next(answer);
  return endpoint().complete({ messages, longestAnswer: 100, signal });
};

describe('a completion', () => {
  test('asks for the model, the messages and the longest answer, and for no tool and no stream', async () => {
    expect(await complete()).toEqual({ text: 'Hello!', tokens: { input: 10, output: 5 }, end: 'whole' });
    const [{ path, headers, body }] = server.requests as [LlmServer['requests'][number]];
    expect(path).toBe('/v1/chat/completions');
    expect(headers.authorization).toBe('Bearer key-1');
    expect(body).toEqual({ model: 'small-model', messages, stream: false, max_tokens: 100 });
  });

  test('without a key sends none, and nothing of what other programs have in the environment', async () => {
    process.env.OPENAI_API_KEY = 'key-of-another';
    process.env.OPENAI_ORG_ID = 'org-of-another';
    process.env.OPENAI_CUSTOM_HEADERS = 'X-Secret: header-of-another\nAuthorization: Bearer of-another';
    const call = { messages, longestAnswer: 9, signal: new AbortController().signal };
    try {
      await endpoint({ apiKey: undefined }).complete(call);
      await endpoint().complete(call);
    } finally {
      delete process.env.OPENAI_API_KEY;
      delete process.env.OPENAI_ORG_ID;
      delete process.env.OPENAI_CUSTOM_HEADERS;
    }
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer key-1']);
    expect(JSON.stringify(server.requests)).not.toContain('of-another');
  });

  test.each<[string, LlmAnswer, object]>([
    ['that was cut', saying('Once upon', { finish: 'length' }), { text: 'Once upon', end: 'cut' }],
    ['that was filtered', saying('', { finish: 'content_filter' }), { text: '', end: 'refused' }],
    ['that is silent', saying(null), { text: '', end: 'whole' }],
    [
      'that wants a tool',
      saying(null, { finish: 'tool_calls', tools: [{ id: '1', type: 'function' }] }),
      { text: '', end: 'tools' },
    ],
    ['that counts nothing', saying('Hi', { usage: null }), { text: 'Hi', tokens: null }],
    ['that counts nonsense', saying('Hi', { usage: { prompt_tokens: -1 } }), { text: 'Hi', tokens: null }],
    [
      'that the endpoint will not give',
      failing(400),
      { text: '', tokens: { input: 0, output: 0 }, end: 'refused' },
    ],
  ])('%s', async (_, answer, expected) => {
    expect(await complete(answer)).toMatchObject(expected);
  });

  test.each<[string, LlmAnswer, object]>([
    ['401', failing(401), { status: 401, mayHaveCost: false, retryAfterMs: null }],
    ['429', failing(429, { 'retry-after': '7' }), { status: 429, mayHaveCost: false, retryAfterMs: 7000 }],
    [
      '429 until a date',
      failing(429, { 'retry-after': 'Mon, 14 Apr 2031 12:01:00 GMT' }),
      { status: 429, retryAfterMs: 60_000 },
    ],
    ['429 for ever', failing(429, { 'retry-after': '99999999' }), { retryAfterMs: 600_000 }],
    ['500', failing(500), { status: 500, mayHaveCost: false }],
    ['a cut line', 'cut', { status: undefined, mayHaveCost: true }],
    ['an answer without end', 'endless', { code: 'ANSWER_TOO_LARGE', mayHaveCost: true }],
    ['no JSON', { body: '{"choices": [' }, { code: 'BAD_ANSWER', mayHaveCost: true }],
    ['HTML', { body: '<html>', headers: { 'content-type': 'text/html' } }, { code: 'BAD_ANSWER' }],
    ['an empty answer', { body: '' }, { code: 'BAD_ANSWER' }],
    ['no choices', { body: { choices: [] } }, { code: 'BAD_ANSWER', mayHaveCost: true }],
  ])('fails where there is %s, asked once, and repeats nothing', async (_, answer, expected) => {
    const error = await failureOf(complete(answer));
    expect(error).toBeInstanceOf(ServiceFailure);
    expect(error).toMatchObject(expected);
    expect(JSON.stringify([String(error), error])).not.toContain('secret');
    expect((error as Error).cause).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  test('is not sent on where an endpoint points elsewhere', async () => {
    const elsewhere = await LlmServer.open();
    const error = await failureOf(
      complete({ status: 307, headers: { location: `${elsewhere.url}/chat/completions` }, body: '' }),
    );
    expect(error).toBeInstanceOf(ServiceFailure);
    expect(elsewhere.requests).toEqual([]);
  });

  test('that nobody is there for has cost nothing', async () => {
    await server.close();
    expect(await failureOf(complete())).toMatchObject({ code: 'ECONNREFUSED', mayHaveCost: false });
  });

  test('is broken off when it is aborted', async () => {
    const abort = new AbortController();
    server.next(() => {
      abort.abort();
      return 'hang';
    });
    expect(await failureOf(complete(undefined, abort.signal))).toMatchObject({ mayHaveCost: true });
  });

  test('goes over to the newer name of the limit where the older one is refused', async () => {
    const one = endpoint();
    const call = { messages, longestAnswer: 100, signal: new AbortController().signal };
    server.next(failing(400, {}, { param: 'max_tokens', code: 'unsupported_parameter' }));
    expect(await one.complete(call)).toMatchObject({ text: 'Hello!' });
    expect(await one.complete(call)).toMatchObject({ text: 'Hello!' });
    expect(server.requests.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
      [100, undefined],
      [undefined, 100],
      [undefined, 100],
    ]);
  });
});

describe('a moderation', () => {
  const moderate = (answer: LlmAnswer, moderationModel?: string) => {
    server.moderation = answer;
    return endpoint(moderationModel === undefined ? {} : { moderationModel }).moderate(
      'a text',
      new AbortController().signal,
    );
  };

  test('gives the scores', async () => {
    expect(await moderate(judging({ violence: 0.9 }, true), 'small-moderation')).toEqual({
      isFlagged: true,
      scores: new Map([['violence', 0.9]]),
    });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/moderations',
      body: { input: 'a text', model: 'small-moderation' },
    });
  });

  test.each<[string, LlmAnswer]>([
    ['there is none', failing(404)],
    ['it says something else', { body: { results: [] } }],
  ])('fails where %s', async (_, answer) => {
    expect(await failureOf(moderate(answer))).toBeInstanceOf(ServiceFailure);
  });
});
