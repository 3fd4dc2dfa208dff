import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  BundleSeal,
  checkpointLine,
  consistencyLine,
  endLine,
  entryLine,
  ledgerLine,
  statementLine,
} from '../../src/ledger/bundle.js';
import { rangesText } from '../../src/ledger/statement.js';
import { anchoredParts } from './sampleLedger.js';
import { sampleEntry } from './samples.js';

describe('the lines of a bundle', () => {
  test('have their members in the order of the format', () => {
    const parts = anchoredParts();
    expect(Object.keys(JSON.parse(ledgerLine(parts)))).toEqual([
      'type',
      'format',
      'tenant',
      'origin',
      'vkeys',
      'from',
      'to',
      'anchor',
    ]);
    expect(Object.keys(JSON.parse(entryLine(sampleEntry(1))))).toEqual([
      'type',
      'public',
      'actor',
      'actorSalt',
      'rest',
      'restSalt',
      'leaf',
      'erasedAt',
    ]);
    expect(statementLine('a\n')).toBe('{"type":"statement","note":"a\\n"}');
    expect(checkpointLine('b\n')).toBe('{"type":"checkpoint","note":"b\\n"}');
    expect(consistencyLine({ from: 1, to: 2, path: [Buffer.of(1, 255)] })).toBe(
      '{"type":"consistency","from":1,"to":2,"path":["01ff"]}',
    );
  });

  test('an anchor of nothing is written as none', () => {
    const head = { tenant: 'a', origin: 'reeve/a/a', vkeys: [], from: 1, to: 0 };
    expect(ledgerLine({ ...head, anchor: { size: 0, hashes: [] } })).toBe(
      ledgerLine({ ...head, anchor: null }),
    );
  });

  test('are counted and hashed up to the last', () => {
    const seal = new BundleSeal();
    const lines = [
      entryLine(sampleEntry(1)),
      entryLine(sampleEntry(2)),
      statementLine('é'),
      checkpointLine('c'),
    ];
    const written = lines.map((line) => seal.add(line)).join('');
    expect(written).toBe(`${lines.join('\n')}\n`);
    const sha256 = createHash('sha256').update(written).digest('hex');
    expect(seal.end()).toBe(`${endLine({ entries: 2, statements: 1, checkpoints: 1, sha256 })}\n`);
  });

  test('name ranges shortly', () => {
    expect(rangesText([])).toBe('-');
    expect(
      rangesText([
        [3, 5],
        [9, 9],
      ]),
    ).toBe('3-5,9');
  });
});
