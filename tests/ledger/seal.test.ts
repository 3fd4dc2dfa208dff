import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ACTOR_FIELDS,
  type ActorPart,
  type PublicPart,
  REST_FIELDS,
  type RestPart,
} from '../../src/ledger/entry.js';
import { canonicalJson, cleanText } from '../../src/ledger/json.js';
import {
  actorText,
  commit,
  entryFromJson,
  entryJson,
  entryProblem,
  leafHash,
  publicText,
  publicTextAround,
  restText,
} from '../../src/ledger/seal.js';
import { sampleEntry } from './samples.js';

const RUNS = { seed: 6, numRuns: 300 };
const clean = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.json())
  .map(cleanText);

describe('canonical texts', () => {
  test('of private parts equal canonicalJson, with what is null left out and the empty string kept', () => {
    const actor = fc.record(Object.fromEntries(ACTOR_FIELDS.map((name) => [name, fc.option(clean)])));
    const rest = fc.record({
      ...Object.fromEntries(REST_FIELDS.map((name) => [name, fc.option(clean)])),
      status: fc.option(fc.maxSafeInteger()),
    });
    fc.assert(
      fc.property(actor, rest, (a, r) => {
        expect(actorText(a as ActorPart)).toBe(canonicalJson(present(a)));
        expect(restText(r as RestPart)).toBe(canonicalJson(present(r)));
      }),
      RUNS,
    );
    expect(actorText({})).toBe('{}');
    expect(restText({ reason: '' })).toBe('{"reason":""}');
  });

  test('of the public part equals canonicalJson, whole and around the number', () => {
    const publicPart = fc.record({
      ...Object.fromEntries(
        ['id', 'tenant', 'category', 'action', 'verb', 'outcome', 'actorType', 'channel'].map((name) => [
          name,
          clean,
        ]),
      ),
      v: fc.constant(1),
      seq: fc.maxSafeNat(),
      at: fc.maxSafeInteger(),
      entityType: fc.option(clean),
      actorCommitment: fc.constant('a'.repeat(64)),
      restCommitment: fc.constant('b'.repeat(64)),
    }) as unknown as fc.Arbitrary<PublicPart>;
    fc.assert(
      fc.property(publicPart, (part) => {
        const text = canonicalJson(part);
        expect(publicText(part)).toBe(text);
        const { before, after } = publicTextAround(part, part.actorCommitment, part.restCommitment);
        expect(`${before}${part.seq}${after}`).toBe(text);
      }),
      RUNS,
    );
  });

  test('are not made of values of another type', () => {
    expect(() => actorText({ actorName: 5 as unknown as string })).toThrow(TypeError);
    expect(() => restText({ status: 1.5 })).toThrow(TypeError);
    expect(() => restText({ status: '200' as unknown as number })).toThrow(TypeError);
    expect(() => publicText({ ...sampleEntry(1).public, at: 0.5 })).toThrow(TypeError);
  });
});

describe('hashes', () => {
  test('commit to salt and text, whatever its length', () => {
    for (const text of ['{}', 'é😀', 'x'.repeat(5000), 'ü'.repeat(70_000), '{}']) {
      const salt = createHash('sha256').update(text).digest();
      const expected = createHash('sha256').update(Buffer.of(2)).update(salt).update(text).digest('hex');
      expect(commit(salt, text)).toBe(expected);
    }
  });

  test('refuse a salt of another length', () => {
    for (const length of [0, 31, 33]) expect(() => commit(Buffer.alloc(length), '{}')).toThrow(RangeError);
  });

  test('make a leaf of the public text', () => {
    const text = '{"é":"😀"}';
    expect(leafHash(text)).toEqual(createHash('sha256').update(Buffer.of(0)).update(text).digest());
  });
});

describe('entryProblem', () => {
  const tenant = sampleEntry(1).public.tenant;

  test('finds none in a sealed entry, nor in a stripped one', () => {
    const entry = sampleEntry(7);
    expect(entryProblem(entry, tenant)).toBeNull();
    expect(entryProblem({ ...entry, actor: null, actorSalt: null, erasedAt: 1 }, tenant)).toBeNull();
    expect(entryProblem({ ...entry, rest: null, restSalt: null }, tenant)).toBeNull();
  });

  test('finds a part without salt and a salt without part', () => {
    const entry = sampleEntry(7);
    expect(entryProblem({ ...entry, actorSalt: null }, tenant)).toMatch(
      /actor is there, but its salt is not/,
    );
    expect(entryProblem({ ...entry, rest: null }, tenant)).toMatch(/rest is empty, but its salt is there/);
  });

  test('finds values that only look the same', () => {
    const entry = sampleEntry(7);
    const blob = { ...entry.actor, actorName: Buffer.from(entry.actor!.actorName!) as unknown as string };
    expect(entryProblem({ ...entry, actor: blob }, tenant)).toMatch(/wrong type/);
    const at = String(entry.public.at) as unknown as number;
    expect(entryProblem({ ...entry, public: { ...entry.public, at } }, tenant)).toMatch(/at is not/);
  });

  test.each<[string, string]>([
    ['U+0000', '\0'],
    ['a lone surrogate', '\ud800'],
  ])('finds %s even where the hashes are made to fit', (_what, character) => {
    const why = entryProblem(sampleEntry(7, { rest: { reason: `a${character}` } }), tenant);
    expect(why).toMatch(/rest\.reason holds/);
    expect(entryProblem(sampleEntry(7, { rest: { reason: '\\u0000 \u0001' } }), tenant)).toBeNull();
    expect(entryProblem(sampleEntry(7, { public: { verb: character } }), tenant)).toMatch(/verb/);
  });

  test.each<[string, Partial<Record<keyof PublicPart, unknown>>]>([
    ['v', { v: 2 }],
    ['id', { id: 'no-uuid' }],
    ['seq', { seq: 0 }],
    ['at', { at: 2 ** 53 }],
    ['category', { category: 'has space' }],
    ['action', { action: '9LIVES' }],
    ['entityType', { entityType: '' }],
    ['tenant', { tenant: 'other' }],
  ])('finds %s out of form even where the leaf is made to fit', (name, change) => {
    const why = entryProblem(sampleEntry(7, { public: change as Partial<PublicPart> }), tenant);
    expect(why).toContain(name);
  });

  test('takes no list of verbs, outcomes and channels for granted', () => {
    const change = { verb: 'SING', outcome: 'so so', actorType: 'ghost', channel: 'drum' };
    expect(entryProblem(sampleEntry(7, { public: change }), tenant)).toBeNull();
  });

  test('refuses a tenant with a run of six digits', () => {
    const entry = sampleEntry(7, { public: { tenant: 'shop-202555' } });
    expect(entryProblem(entry, 'shop-202555')).toMatch(/tenant/);
  });
});

describe('an entry as JSON', () => {
  test('is read back as it was', () => {
    for (const entry of [sampleEntry(1), { ...sampleEntry(2), rest: null, restSalt: null, erasedAt: 5 }]) {
      const { type, ...value } = JSON.parse(entryJson(entry));
      expect(type).toBe('entry');
      expect(entryFromJson(value)).toEqual(entry);
    }
  });

  const line = () => {
    const { type: _type, ...value } = JSON.parse(entryJson(sampleEntry(1)));
    return value;
  };

  test.each<[string, (value: ReturnType<typeof line>) => void, RegExp]>([
    ['an unknown member', (value) => (value.note = 1), /unknown member "note"/],
    ['an unknown public member', (value) => (value.public.note = 1), /unknown member "public.note"/],
    ['an unknown actor member', (value) => (value.actor.note = 'x'), /unknown member "actor.note"/],
    ['an unknown rest member', (value) => (value.rest.note = 'x'), /unknown member "rest.note"/],
    ['a missing member', (value) => delete value.erasedAt, /"erasedAt" is missing/],
    ['a missing public member', (value) => delete value.public.verb, /"public.verb" is missing/],
    ['null in a private part', (value) => (value.actor.ip = null), /actor.ip is of the wrong type/],
    ['a number for a string', (value) => (value.rest.reason = 5), /rest.reason is of the wrong type/],
    ['a string for the status', (value) => (value.rest.status = '200'), /rest.status/],
    ['a list for a part', (value) => (value.actor = []), /actor is neither/],
    ['a short salt', (value) => (value.actorSalt = '00'), /actorSalt is not 32 bytes/],
    ['no leaf', (value) => (value.leaf = null), /leaf is not 32 bytes/],
    ['a text for erasedAt', (value) => (value.erasedAt = 'now'), /erasedAt/],
    ['no public part', (value) => (value.public = null), /public is not an object/],
  ])('with %s is refused', (_what, change, why) => {
    const value = line();
    change(value);
    expect(entryFromJson(value)).toMatch(why);
  });

  test('that is no object is refused', () => {
    for (const value of [null, [], 'x', 1]) expect(entryFromJson(value)).toBe('an entry is an object');
  });
});

function present(part: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null));
}
