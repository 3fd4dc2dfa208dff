import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openCheckpoint } from '../../src/ledger/checkpoint.js';
import { nodeHash, rootOf } from '../../src/ledger/merkle.js';
import { actorText, publicText, restText } from '../../src/ledger/seal.js';
import { checkpointNote, fullEntries, leavesOf, vkey } from './sampleLedger.js';

const document = readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8');

describe('the worked example in docs/ledger-format.md', () => {
  const entry = fullEntries()[1]!;
  const leaves = leavesOf(fullEntries());

  test.each<[string, string]>([
    ['the actor text', actorText(entry.actor!)],
    ['its length', `(${Buffer.from(actorText(entry.actor!)).length} bytes)`],
    ['the actor salt', hex(entry.actorSalt!)],
    ['the actor commitment', entry.public.actorCommitment],
    ['the rest salt', hex(entry.restSalt!)],
    ['the rest commitment', entry.public.restCommitment],
    ['the public text', publicText(entry.public)],
    ['the leaf', hex(entry.leaf)],
    ['the first leaf', hex(leaves[0]!)],
    ['the third leaf', hex(leaves[2]!)],
    ['the node', hex(nodeHash(leaves[0]!, leaves[1]!))],
    ['the root', hex(rootOf(leaves.slice(0, 3)))],
    ['the verifier key', vkey().text],
    ['the checkpoint', checkpointNote(leaves, 3)],
  ])('has %s right', (_what, text) => {
    expect(document).toContain(text);
  });

  test('has the rest text right', () => {
    expect(document.replaceAll('\n', '')).toContain(hex(Buffer.from(restText(entry.rest!))));
  });

  test('shows a checkpoint that verifies', () => {
    const note = document.match(/```\n(reeve\/example\/default\n3\n[^`]*)```/)![1]!;
    expect(openCheckpoint(note, [vkey()])).toMatchObject({ size: 3, root: rootOf(leaves.slice(0, 3)) });
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
