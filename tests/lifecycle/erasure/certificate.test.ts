import { describe, expect, test } from '@jest/globals';
import {
  type CertificateFacts,
  makeCertificate,
  openCertificate,
} from '../../../src/lifecycle/erasure/certificate.js';
import { newSigningKey } from '../../../src/signing/key.js';

const ORIGIN = 'reeve/test/acme';
const { key } = newSigningKey();
const keys = [key.verifierKey(ORIGIN)];

const FACTS: CertificateFacts = {
  origin: ORIGIN,
  cases: [41],
  startedAt: Date.UTC(2026, 10, 21, 9, 0, 0),
  finishedAt: Date.UTC(2026, 10, 21, 9, 0, 2),
  orderedBy: { channel: 'whatsapp', role: 'OWNER' },
  entries: {
    count: 4,
    actor: [[3, 5]],
    rest: [
      [5, 5],
      [9, 9],
    ],
  },
  reached: [{ what: 'saved searches', count: 2 }],
  notReached: [{ what: 'backups', why: 'they are not within reach' }],
  checkpoint: { size: 41, root: '00'.repeat(32) },
};

test('people can read what was reached, what was not, and why', () => {
  const { text } = makeCertificate(FACTS, key);
  expect(text).toContain('From 4 entries of the record');
  expect(text).toContain('as #41.');
  expect(text).toContain('Who acted: 3-5\nWhat it was about: 5,9\n');
  expect(text).toContain('- saved searches: 2\n');
  expect(text).toContain('- backups: they are not within reach\n');
  expect(text).toContain('Begun 2026-11-21 09:00:00 UTC, finished 2026-11-21 09:00:02 UTC.');
});

describe('a program', () => {
  const { json } = makeCertificate(FACTS, key);
  test('can tell that the key has signed it', () => {
    expect(openCertificate(json, keys)).toEqual(FACTS);
  });
  test.each([
    ['another number', (text: string) => text.replace('"count":4', '"count":5')],
    ['another word in the note', (text: string) => text.replace('From 4 entries', 'From 5 entries')],
    ['a member more', (text: string) => text.replace('{"cases"', '{"about":"x","cases"')],
    ['no JSON', (text: string) => text.slice(1)],
    ['null', () => 'null'],
    ['nothing in it', () => '{"format":"reeve-certificate/1"}'],
  ])('does not take it with %s', (_, change) => {
    expect(change(json)).not.toBe(json);
    expect(openCertificate(change(json), keys)).toBeNull();
  });
  test('does not take it by another key', () => {
    expect(openCertificate(json, [newSigningKey().key.verifierKey(ORIGIN)])).toBeNull();
  });
});
