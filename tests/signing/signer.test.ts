import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openCheckpoint } from '../../src/ledger/checkpoint.js';
import { Frontier } from '../../src/ledger/merkle.js';
import {
  parseNote,
  parseVerifierKey,
  rawPublicKey,
  signNote,
  verifierKeyText,
} from '../../src/ledger/note.js';
import { leafHash, publicText } from '../../src/ledger/seal.js';
import { prunedText } from '../../src/ledger/statement.js';
import { memoryPath, readMemory } from '../../src/signing/memory.js';
import { readCheckpoints } from '../../src/signing/notesFile.js';
import { CHECKPOINT_EVERY, LedgerMismatch, Signer } from '../../src/signing/signer.js';
import { knownKey, ORIGIN, TENANT } from '../ledger/samples.js';
import { tempFolder } from '../support/tempFolder.js';
import { honestPart, honestRoot, PlainLedger } from './plainLedger.js';

const keyOf = (label: string) => {
  const privateKey = knownKey(label);
  return { privateKey, verifierKey: parseVerifierKey(verifierKeyText(ORIGIN, rawPublicKey(privateKey))) };
};
const KEY = keyOf('signer');

let dataDir: string;
let ledger: PlainLedger;
beforeEach(() => {
  dataDir = tempFolder();
  ledger = new PlainLedger();
});

const signerOf = (keys = [KEY], folder = dataDir, of = ledger) => {
  of.newestKeyIs = keys.at(-1)?.verifierKey.text ?? null;
  return new Signer({ dataDir: folder, tenant: TENANT, origin: ORIGIN, keys }, of);
};
const opened = (note: string, keys = [KEY]) =>
  openCheckpoint(
    note,
    keys.map((key) => key.verifierKey),
  );
const sizesInFile = () => readCheckpoints(dataDir).map((note) => opened(note)?.size);
const sizesKept = () => ledger.checkpoints.map((checkpoint) => checkpoint.size);

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(LedgerMismatch);
  expect((error as LedgerMismatch).message).toContain(ORIGIN);
  return (error as LedgerMismatch).code;
}

describe('a checkpoint of a size below the newest', () => {
  test('has the root on the way to what was signed, and changes nothing of what is remembered', async () => {
    const signer = signerOf();
    await signer.sign();
    await signerOf(undefined, dataDir, ledger.growTo(1500)).sign();
    const made = await signer.signAt(1234);
    expect(opened(made.note)).toMatchObject({ size: 1234, root: honestRoot(1234) });
    expect(Frontier.fromAnchor(1234, made.edge).root()).toEqual(honestRoot(1234));
    expect([sizesInFile(), sizesKept()]).toEqual([
      [0, 1000, 1500, 1234],
      [0, 1000, 1500, 1234],
    ]);
    expect(readMemory(dataDir, TENANT)?.size).toBe(1500);
    expect((await signer.signAt(1234)).note).toBe(made.note);
    expect((await signer.signAt(1500)).size).toBe(1500);
    expect(sizesInFile()).toHaveLength(4);
  });

  test('is refused where the rows no longer lead to what was signed, before it or after it', async () => {
    const signer = signerOf();
    await signer.sign();
    await signerOf(undefined, dataDir, ledger.growTo(30)).sign();
    ledger.rows[4] = { ...honestPart(5), outcome: 'denied' };
    expect(await refusal(signer.signAt(10))).toBe('LEDGER_FORKED');
    ledger.rows[4] = honestPart(5);
    ledger.rows.splice(20, 1);
    expect(await refusal(signer.signAt(10))).toBe('LEDGER_HOLE');
    expect(sizesInFile()).toEqual([0, 30]);
  });

  test('is made of what is not signed yet by signing that first', async () => {
    const signer = signerOf(undefined, dataDir, ledger);
    await signer.sign();
    ledger.growTo(8);
    expect(opened((await signer.signAt(6)).note)).toMatchObject({ size: 6, root: honestRoot(6) });
    expect(readMemory(dataDir, TENANT)?.size).toBe(8);
    expect(await refusal(signer.signAt(9))).toBe('LEDGER_HOLE');
  });
});

describe('a checkpoint', () => {
  test('of an empty ledger is signed when it begins', async () => {
    const checkpoint = await signerOf().sign();
    expect(opened(checkpoint.note)).toMatchObject({ origin: ORIGIN, size: 0, root: honestRoot(0) });
    expect([sizesInFile(), sizesKept(), readMemory(dataDir, TENANT)?.size]).toEqual([[0], [0], 0]);
  });

  test('holds the root of the recomputed leaves, and an edge that folds to it', async () => {
    await signerOf().sign();
    const checkpoint = await signerOf(undefined, dataDir, ledger.growTo(7)).sign();
    expect(opened(checkpoint.note)).toMatchObject({ size: 7, root: honestRoot(7) });
    expect(Frontier.fromAnchor(7, checkpoint.edge).root()).toEqual(honestRoot(7));
    expect(readMemory(dataDir, TENANT)).toMatchObject({
      size: 7,
      root: honestRoot(7),
      note: checkpoint.note,
    });
  });

  test('is not made twice of the same size', async () => {
    await signerOf().sign();
    ledger.growTo(3);
    const first = await signerOf().sign();
    expect(await signerOf().sign()).toEqual(first);
    expect(sizesInFile()).toEqual([0, 3]);
  });

  test('is never further from the next than a thousand entries, wherever they came from', async () => {
    await signerOf().sign();
    ledger.growTo(1500);
    await signerOf().sign();
    ledger.growTo(1500 + 2 * CHECKPOINT_EVERY + 1);
    await signerOf().sign();
    expect(sizesInFile()).toEqual([0, 1000, 1500, 2500, 3500, 3501]);
    expect(sizesKept()).toEqual(sizesInFile());
    for (const note of readCheckpoints(dataDir)) {
      const checkpoint = opened(note)!;
      expect(checkpoint.root).toEqual(honestRoot(checkpoint.size));
    }
  });

  test('is signed by both keys during a rotation, and then by the new one alone', async () => {
    const next = keyOf('next');
    await signerOf().sign();
    ledger.growTo(2);
    await signerOf().sign();
    const both = await signerOf([KEY, next]).sign({ again: true });
    expect(parseNote(both.note)?.signatures).toHaveLength(2);
    expect([opened(both.note, [KEY])?.size, opened(both.note, [next])?.size]).toEqual([2, 2]);
    ledger.growTo(3);
    const alone = await signerOf([next]).sign();
    expect([opened(alone.note, [KEY]), opened(alone.note, [next])?.size]).toEqual([null, 3]);
  });
});

test('a process that still has the old key after a rotation signs nothing more', async () => {
  const stale = signerOf();
  await stale.sign();
  ledger.growTo(2);
  ledger.newestKeyIs = keyOf('next').verifierKey.text;
  expect(await refusal(stale.sign())).toBe('KEY_NOT_THE_LEDGERS');
  expect(sizesInFile()).toEqual([0]);
});

test('entries of which nobody ever signed even the beginning are not signed', async () => {
  ledger.growTo(2);
  expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
  expect([sizesInFile(), sizesKept()]).toEqual([[], []]);
});

describe('the signer does not launder:', () => {
  beforeEach(async () => {
    await signerOf().sign();
    ledger.growTo(1500);
    await signerOf().sign();
    ledger.growTo(1800);
    await signerOf().sign();
  });

  test('a ledger smaller than what was signed is refused, at start and when signing', async () => {
    ledger.rows = ledger.rows.slice(0, 1799);
    expect(await refusal(signerOf().checkContinuity())).toBe('LEDGER_SHRUNK');
    expect(await refusal(signerOf().sign())).toBe('LEDGER_SHRUNK');
    expect(sizesInFile()).toEqual([0, 1000, 1500, 1800]);
  });

  test('a changed entry under the newest signature is refused at start', async () => {
    ledger.rows[1700] = { ...honestPart(1701), action: 'CONFIG_CHANGE' };
    expect(await refusal(signerOf().checkContinuity())).toBe('LEDGER_FORKED');
  });

  test('an older copy that grew beyond what was signed is refused at start', async () => {
    ledger.rows = ledger.rows.slice(0, 1200);
    ledger.checkpoints = ledger.checkpoints.filter(({ size }) => size <= 1200);
    for (let seq = 1201; seq <= 2500; seq++) ledger.rows.push({ ...honestPart(seq), outcome: 'denied' });
    expect(await refusal(signerOf().checkContinuity())).toBe('LEDGER_FORKED');
  });

  test('and if it is not asked at start, what it signs vouches for what it saw, not for what was put in its place', async () => {
    ledger.rows[3] = { ...honestPart(4), action: 'CONFIG_CHANGE' };
    ledger.growTo(1900);
    const checkpoint = await signerOf().sign();
    expect(opened(checkpoint.note)?.root).toEqual(honestRoot(1900));
  });

  test('nothing is signed over a hole', async () => {
    ledger.growTo(1900);
    ledger.rows.splice(1850, 1);
    ledger.size = async () => 1900;
    expect(await refusal(signerOf().sign())).toBe('LEDGER_HOLE');
    ledger.rows = ledger.rows.filter((row) => row.seq < 1890);
    expect(await refusal(signerOf().sign())).toBe('LEDGER_HOLE');
    expect(sizesInFile()).toEqual([0, 1000, 1500, 1800]);
  });

  test('a forged edge in the database is not believed', async () => {
    const forged = new Frontier();
    for (let i = 0; i < 1500; i++) forged.push(Buffer.alloc(32, 9));
    const kept = ledger.checkpoints.find(({ size }) => size === 1500)!;
    kept.edge = forged.hashes();
    await signerOf().checkContinuity();
    expect((await signerOf().sign()).size).toBe(1800);
  });

  test('a damaged memory is an error that says where it lies, and is not rebuilt', async () => {
    const path = memoryPath(dataDir, TENANT);
    for (const text of ['', '{"size":', '{"size":3,"root":"00","edge":[],"note":"x"}', 'null']) {
      writeFileSync(path, text);
      for (const work of [signerOf().sign(), signerOf().checkContinuity()]) {
        await expect(work).rejects.toMatchObject({ code: 'SIGNER_MEMORY_DAMAGED' });
        await expect(work).rejects.toThrow(path);
      }
    }
    expect(sizesInFile()).toEqual([0, 1000, 1500, 1800]);
  });

  describe('without its memory', () => {
    beforeEach(() => rmSync(memoryPath(dataDir, TENANT)));

    test('it goes on from the newest checkpoint there is', async () => {
      ledger.growTo(1900);
      const checkpoint = await signerOf().sign();
      expect(opened(checkpoint.note)).toMatchObject({ size: 1900, root: honestRoot(1900) });
      expect(readMemory(dataDir, TENANT)?.size).toBe(1900);
    });

    test('it does so on another host, too, which has only the database', async () => {
      const elsewhere = tempFolder();
      const checkpoint = await signerOf([KEY], elsewhere).sign();
      expect(opened(checkpoint.note)?.size).toBe(1800);
      expect(readMemory(elsewhere, TENANT)?.size).toBe(1800);
    });

    test('it refuses rows that do not lead to that checkpoint', async () => {
      ledger.rows[1790] = { ...honestPart(1791), action: 'CONFIG_CHANGE' };
      expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
      expect(await refusal(signerOf([KEY], tempFolder()).sign())).toBe('LEDGER_FORKED');
    });

    test('it refuses a ledger that is smaller', async () => {
      ledger.rows = ledger.rows.slice(0, 1700);
      expect(await refusal(signerOf().sign())).toBe('LEDGER_SHRUNK');
    });

    test('it is not misled by a database that lost its newest checkpoints, as the file has them', async () => {
      ledger.checkpoints = ledger.checkpoints.filter(({ size }) => size < 1800);
      ledger.rows[1790] = { ...honestPart(1791), action: 'CONFIG_CHANGE' };
      expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
      ledger.rows = ledger.rows.slice(0, 1600);
      expect(await refusal(signerOf().sign())).toBe('LEDGER_SHRUNK');
    });

    test('it does not go on from a checkpoint by another key', async () => {
      expect(await refusal(signerOf([keyOf('stranger')], tempFolder()).sign())).toBe('LEDGER_FORKED');
    });
  });
});

describe('a crash', () => {
  test('between the memory and the database is made good at the next start, checkpoints in between as well', async () => {
    await signerOf().sign();
    ledger.growTo(2300);
    ledger.failToKeep = true;
    await expect(signerOf().sign()).rejects.toThrow('killed');
    expect([readMemory(dataDir, TENANT)?.size, sizesKept()]).toEqual([2300, [0]]);
    rmSync(join(dataDir, 'checkpoints.txt'));

    ledger.failToKeep = false;
    await signerOf().checkContinuity();
    expect([sizesKept(), sizesInFile()]).toEqual([
      [0, 1000, 2000, 2300],
      [1000, 2000, 2300],
    ]);
    for (const { note, size } of ledger.checkpoints) expect(opened(note)?.root).toEqual(honestRoot(size));
    await signerOf().checkContinuity();
    expect(sizesInFile()).toEqual([1000, 2000, 2300]);
  });

  test('before the very first checkpoint was kept is made good as well', async () => {
    ledger.failToKeep = true;
    await expect(signerOf().sign()).rejects.toThrow('killed');
    ledger.failToKeep = false;
    await signerOf().checkContinuity();
    expect(sizesKept()).toEqual([0]);
  });
});

test('two signers with one data directory take turns and agree', async () => {
  await signerOf().sign();
  ledger.growTo(10);
  const [one, two] = await Promise.all([signerOf().sign(), signerOf().sign()]);
  expect(one).toEqual(two);
  const grown = signerOf().sign();
  ledger.growTo(25);
  const both = await Promise.all([grown, signerOf().sign()]);
  expect(new Set(both.map(({ size }) => opened(readMemory(dataDir, TENANT)!.note)!.size >= size))).toEqual(
    new Set([true]),
  );
  for (const { note, size } of ledger.checkpoints) expect(opened(note)?.root).toEqual(honestRoot(size));
});

describe('where retention has taken the beginning', () => {
  beforeEach(async () => {
    await signerOf().sign();
    ledger.growTo(40);
    await signerOf().sign();
    ledger.growTo(60);
    const elsewhere = tempFolder();
    await signerOf([KEY], elsewhere).sign();
    ledger.growTo(65);
    const anchor = new Frontier();
    for (let seq = 1; seq <= 50; seq++) anchor.push(leafHash(publicText(honestPart(seq))));
    ledger.anchorIs = { size: 50, hashes: anchor.hashes() };
    ledger.rows = ledger.rows.filter((row) => row.seq > 50);
    ledger.size = async () => 65;
    const text = prunedText({ origin: ORIGIN, to: 50, root: honestRoot(50) });
    ledger.pruned.set(50, signNote(text, [{ name: ORIGIN, privateKey: KEY.privateKey }]));
  });

  test('a host that had signed less resumes from the statement and a checkpoint above it', async () => {
    await signerOf().checkContinuity();
    const checkpoint = await signerOf().sign();
    expect(opened(checkpoint.note)).toMatchObject({ size: 65, root: honestRoot(65) });
    expect(await signerOf([KEY], tempFolder()).sign()).toMatchObject({ size: 65 });
  });

  test('it refuses without the statement, with a forged one, and without the checkpoint', async () => {
    const statement = ledger.pruned.get(50)!;
    ledger.pruned.clear();
    expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
    const text = prunedText({ origin: ORIGIN, to: 50, root: honestRoot(50) });
    ledger.pruned.set(50, signNote(text, [{ name: ORIGIN, privateKey: keyOf('stranger').privateKey }]));
    expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
    ledger.pruned.set(50, statement);
    ledger.checkpoints = ledger.checkpoints.filter(({ size }) => size < 50);
    expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
  });

  test('it refuses an anchor that is not the one stated', async () => {
    ledger.anchorIs.hashes[0] = Buffer.alloc(32, 1);
    expect(await refusal(signerOf().sign())).toBe('LEDGER_FORKED');
  });
});
