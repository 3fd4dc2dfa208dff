import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkpointText } from '../../src/ledger/checkpoint.js';
import { parseVerifierKey, rawPublicKey, signNote, verifierKeyText } from '../../src/ledger/note.js';
import { prunedText } from '../../src/ledger/statement.js';
import { appendDurably, createDurably, replaceDurably } from '../../src/signing/durableFile.js';
import {
  appendCheckpoints,
  appendStatements,
  readCheckpoints,
  readStatements,
  splitNotes,
} from '../../src/signing/notesFile.js';
import { readTrustedKeys, trustKey } from '../../src/signing/trustedKeys.js';
import { fixedBytes, knownKey, ORIGIN } from '../ledger/samples.js';
import { smallDisk } from '../support/smallDisk.js';
import { tempFolder } from '../support/tempFolder.js';

const signers = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: ORIGIN, privateKey: knownKey(`file ${i}`) }));
const note = (size: number, signatures = 1) =>
  signNote(checkpointText({ origin: ORIGIN, size, root: fixedBytes(`root ${size}`) }), signers(signatures));

describe('a file that is replaced', () => {
  test('is whole, private, and leaves nothing beside it', () => {
    const path = join(tempFolder(), 'deep', 'down', 'file');
    replaceDurably(path, 'one');
    replaceDurably(path, 'two');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });

  test('or made once is never overwritten', () => {
    const path = join(tempFolder(), 'file');
    expect([createDurably(path, 'one'), createDurably(path, 'two')]).toEqual([true, false]);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });

  test('keeps its old content where the disk is full', () => {
    const disk = smallDisk('64k');
    if (disk === null) return;
    const path = join(disk.path, 'file');
    replaceDurably(path, 'old');
    expect(() => replaceDurably(path, 'x'.repeat(200_000))).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    expect([readFileSync(path, 'utf8'), readdirSync(disk.path)]).toEqual(['old', ['file']]);
  });
});

describe('a file that is appended to', () => {
  test('loses the line that a crash left unfinished, and nothing else', () => {
    const path = join(tempFolder(), 'file');
    appendDurably(path, 'one\n');
    appendFileSync(path, 'tw');
    appendDurably(path, 'three\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nthree\n');
  });

  test('loses all of it where not one line was finished, however long', () => {
    for (const torn of ['t', 't'.repeat(10_000)]) {
      const path = join(tempFolder(), 'file');
      writeFileSync(path, torn);
      appendDurably(path, 'one\n');
      expect(readFileSync(path, 'utf8')).toBe('one\n');
    }
  });

  test('finds the end of what is whole behind a long unfinished line', () => {
    const path = join(tempFolder(), 'file');
    writeFileSync(path, `one\n${'x'.repeat(100_000)}`);
    appendDurably(path, 'two\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });

  test('is as it was where the disk is full', () => {
    const disk = smallDisk('64k');
    if (disk === null) return;
    const path = join(disk.path, 'file');
    appendDurably(path, 'one\n');
    expect(() => appendDurably(path, `${'x'.repeat(200_000)}\n`)).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    appendDurably(path, 'two\n');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });
});

describe('the files of notes', () => {
  test('give back what was appended, each kind from its own file', () => {
    const dataDir = tempFolder();
    expect(readCheckpoints(dataDir)).toEqual([]);
    const notes = [note(0), note(5, 2), note(7)];
    appendCheckpoints(dataDir, notes.slice(0, 2));
    appendCheckpoints(dataDir, []);
    appendCheckpoints(dataDir, notes.slice(2));
    const statement = signNote(prunedText({ origin: ORIGIN, to: 3, root: fixedBytes('root') }), signers(1));
    appendStatements(dataDir, [statement]);
    expect([readCheckpoints(dataDir), readStatements(dataDir)]).toEqual([notes, [statement]]);
  });

  test('hold notes one after another, as any reader of signed notes expects them', () => {
    const dataDir = tempFolder();
    appendCheckpoints(dataDir, [note(1)]);
    appendCheckpoints(dataDir, [note(2)]);
    expect(readFileSync(join(dataDir, 'checkpoints.txt'), 'utf8')).toBe(note(1) + note(2));
  });

  test('lose a note that a crash cut off at any place, and none beside it', () => {
    const torn = note(2, 2);
    for (let length = 0; length < torn.length; length += 7) {
      const dataDir = tempFolder();
      appendCheckpoints(dataDir, [note(1)]);
      appendFileSync(join(dataDir, 'checkpoints.txt'), torn.slice(0, length));
      appendCheckpoints(dataDir, [note(3)]);
      const read = readCheckpoints(dataDir);
      expect([read[0], read.at(-1)]).toEqual([note(1), note(3)]);
      // With one of its two signatures it is a note as well.
      if (read.length > 2) expect(read).toEqual([note(1), note(2), note(3)]);
    }
  });

  test('are split also with other line ends, blank lines in between, a byte order mark and no last line end', () => {
    const notes = [note(1), note(2, 2), note(3)];
    expect(splitNotes(notes.join(''))).toEqual(notes);
    expect(splitNotes(notes.join('').replaceAll('\n', '\r\n'))).toEqual(notes);
    expect(splitNotes(`\ufeff\n\n${notes.join('\n\n')}\n\n`)).toEqual(notes);
    expect(splitNotes(notes.join('').slice(0, -1))).toEqual(notes);
  });

  test('leave out what is not signed', () => {
    expect(splitNotes('')).toEqual([]);
    expect(splitNotes('just\nwords\n\nand more\n')).toEqual([]);
    expect(splitNotes(`${note(1)}\ncut off\n12`)).toEqual([note(1)]);
  });
});

describe('the trusted keys', () => {
  const keyOf = (origin: string, label: string) =>
    parseVerifierKey(verifierKeyText(origin, rawPublicKey(knownKey(label))));

  test('are kept once each, oldest first, and told apart by ledger', () => {
    const dataDir = tempFolder();
    const [one, two, other] = [keyOf(ORIGIN, 'a'), keyOf(ORIGIN, 'b'), keyOf('reeve/example/other', 'a')];
    for (const key of [one, two, one, other, two]) trustKey(dataDir, key);
    expect(readTrustedKeys(dataDir).map((key) => key.text)).toEqual([one.text, two.text, other.text]);
    expect(readTrustedKeys(dataDir, ORIGIN).map((key) => key.text)).toEqual([one.text, two.text]);
  });

  test('a line that a crash cut off is written again', () => {
    const dataDir = tempFolder();
    const [one, two] = [keyOf(ORIGIN, 'a'), keyOf(ORIGIN, 'b')];
    trustKey(dataDir, one);
    appendFileSync(join(dataDir, 'keys.txt'), two.text.slice(0, 40));
    trustKey(dataDir, two);
    expect(readTrustedKeys(dataDir).map((key) => key.text)).toEqual([one.text, two.text]);
  });

  test('a line that is no key is an error that names the file', () => {
    const dataDir = tempFolder();
    writeFileSync(join(dataDir, 'keys.txt'), 'this is none\n');
    expect(() => readTrustedKeys(dataDir)).toThrow(expect.objectContaining({ code: 'TRUSTED_KEYS_DAMAGED' }));
    expect(() => readTrustedKeys(dataDir)).toThrow(join(dataDir, 'keys.txt'));
  });
});
