/** Queries that documentation shows. What they mean is asked of the program. */
export const QUERIES = [
  'actor:+12025550100',
  'category:SECURITY outcome:denied since:7d',
  'action:role.* -outcome:success',
  'action:config.* entity:setting:prefix since:yesterday',
  'actor:"+49 30 23125 000" until:2026-11-01',
  'since:last monday until:yesterday',
  'seq:100..200 "word of mouth"',
  'category:AUTH,ADMIN -actor:SYSTEM',
];

/** Queries that are wrong. */
export const MISTAKES = ['outcom:denied since:7d', 'action:role.* since:2026-02-30'];

/** Values with secrets in them, all made up. */
export const SECRETS = [
  { value: { password: 'correct horse', passwordChangedAt: 1795262400000 } },
  { value: { headers: { Authorization: 'Bearer 6f1c4a529b6a0d6f', Accept: 'text/html' } } },
  { value: { name: 'x-api-key', value: '7d1f0c' } },
  { value: { tokens: 512, token: 'abc' } },
  { value: 'could not reach postgresql://bot:hunter2@db.example.com/bot' },
  { value: 'paid with 4111 1111 1111 1111, called +12025550100' },
  { before: { apiKey: 'one', model: 'small' }, after: { apiKey: 'two', model: 'small' } },
];
