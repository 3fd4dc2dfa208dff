import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseVerifierKey } from '../../src/ledger/note.js';
import type { Verdict } from '../../src/ledger/verify.js';
import { verifyFile } from '../../src/ledger/verifyFile.js';
import { type Vector, vectorFiles } from './vectors.js';

const folder = new URL('../../docs/vectors/', import.meta.url);
const files = vectorFiles();
const index = JSON.parse(files.get('index.json')!) as { vectors: Vector[] };

describe('the published vectors', () => {
  test('are those that the format makes, byte for byte (else: node scripts/make-vectors.js)', () => {
    const published = existsSync(folder) ? readdirSync(folder).sort() : [];
    expect(published).toEqual([...files.keys()].sort());
    for (const [name, text] of files) expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text);
  });

  test.each(index.vectors.map((vector) => [vector.file, vector] as const))('%s', async (file, vector) => {
    const verdict = await verifyFile([files.get(file)!], {
      keys: vector.vkeys.map(parseVerifierKey),
      checkpoints: vector.checkpoints.map((name) => files.get(name)!),
      now: 0,
    });
    expect(verdict.verdict).toBe(vector.verdict);
    expect(verdict.isValid ? 0 : 1).toBe(vector.exit);
    expect(firstBad(verdict)).toBe(vector.firstBad);
  });
});

function firstBad(verdict: Verdict): number | null {
  const notes = verdict.notes.join('\n');
  const named =
    notes.match(/The first altered entry is (\d+)/) ??
    notes.match(/The first missing number is (\d+)/) ??
    notes.match(/part between entries (\d+)/) ??
    notes.match(/part at entry (\d+)/) ??
    notes.match(/the path of entry (\d+) leads/) ??
    notes.match(/but entry (\d+) and those after it/);
  return named === null ? null : Number(named[1]);
}
