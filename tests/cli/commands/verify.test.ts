import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { beforeEach, expect, test } from '@jest/globals';
import { run } from '../../../src/cli/main.js';
import { loadSigningKey, makeSigningKey } from '../../../src/signing/key.js';
import { readCheckpoints } from '../../../src/signing/notesFile.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { openTestRecord } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { environmentAt, newPlace, type Place } from '../../system/place.js';

interface Printed {
  status: number;
  stdout: string;
  stderr: string;
}

async function cli(place: Place, ...argv: string[]): Promise<Printed> {
  const out = new Collector();
  const errors = new Collector();
  const status = await run(argv, {
    stdin: Readable.from([]),
    stdout: out,
    stderr: errors,
    cwd: tempFolder(),
    env: environmentAt(place, { REEVE_INSTANCE: 'test', REEVE_TENANT: 'acme' }),
    now: () => Date.now(),
    onSignal: () => () => {},
  });
  return { status, stdout: out.text, stderr: errors.text };
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

/** A ledger of six entries, signed at 0, 3 and 6. */
async function ledgerOfSix(place: Place): Promise<void> {
  const record = await openTestRecord(place.database, { dataDir: place.dataDir });
  for (let n = 1; n <= 6; n++) {
    await record.write('CONFIG_CHANGE', { description: `number ${n}` });
    if (n === 3) await record.sign();
  }
  await record.close();
}

describeOnBothDatabases('reeve verify --checkpoint', (fresh) => {
  let place: Place;
  let notes: string[];

  const noteFile = (...given: string[]): string => {
    const path = join(tempFolder(), 'given.txt');
    writeFileSync(path, given.join(''));
    return path;
  };
  /** What another ledger, with a key of its own, has signed. */
  const elsewhere = async (tenant: string): Promise<string> => {
    const other = await newPlace(fresh);
    const record = await openTestRecord(other.database, { dataDir: other.dataDir, tenant });
    await record.write('CONFIG_CHANGE', { description: 'elsewhere' });
    const { note } = await record.sign();
    await record.close();
    return note;
  };

  beforeEach(async () => {
    place = await newPlace(fresh);
    await ledgerOfSix(place);
    notes = readCheckpoints(place.dataDir);
  });

  test('holds the ledger to what was given, also where a look at the newest entries begins later', async () => {
    for (const more of [[], ['--since-checkpoint']]) {
      const given = await cli(place, 'verify', '--checkpoint', noteFile(notes[1]!), ...more);
      expect(given).toMatchObject({ status: 0, stderr: '' });
    }
  });

  test('lists a note of another ledger and does not end as if it had been compared', async () => {
    const { status, stdout, stderr } = await cli(
      place,
      'verify',
      '--checkpoint',
      noteFile(await elsewhere('umbra')),
    );
    expect(status).toBe(2);
    expect(stdout).toMatch(/it speaks of another ledger: a checkpoint of size 1 of "reeve\/test\/umbra"/);
    expect(stderr).toContain('1 of 1 checkpoints given with --checkpoint could not be held to it');
  });

  test('does the same with a note of this ledger that no trusted key has signed', async () => {
    const given = noteFile(notes[2]!, await elsewhere('acme'));
    const { status, stdout, stderr } = await cli(place, 'verify', '--json', '--checkpoint', given);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'intact', checkpoints: { absent: 1 } });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'CHECKPOINT_NOT_COMPARED' } });
  });

  test('a finding is a finding, whatever else was given', async () => {
    const ahead = notes.at(-1)!.replace('\n6\n', '\n7\n');
    rmSync(join(place.dataDir, 'keys.txt'));
    const { status } = await cli(place, 'verify', '--checkpoint', noteFile(ahead));
    expect(status).toBe(1);
  });

  test('an exported file is held to it in the same way', async () => {
    const bundle = join(tempFolder(), 'ledger.ndjson');
    await cli(place, 'export', '--format', 'bundle', '--out', bundle);
    expect((await cli(place, 'verify', bundle, '--checkpoint', noteFile(notes[1]!))).status).toBe(0);
    expect(
      (await cli(place, 'verify', bundle, '--checkpoint', noteFile(await elsewhere('umbra')))).status,
    ).toBe(2);
  });

  test('a proof can be held to a checkpoint of its own size only', async () => {
    const proof = join(tempFolder(), 'proof.json');
    await cli(place, 'prove', '2', '--out', proof);
    expect((await cli(place, 'verify', proof, '--checkpoint', noteFile(notes[2]!))).status).toBe(0);
    const other = await cli(place, 'verify', proof, '--checkpoint', noteFile(notes[1]!));
    expect(other.status).toBe(2);
    expect(other.stdout).toContain('a checkpoint of its own size only, not to those of size 3');
  });
});

describeOnBothDatabases('a verdict', (fresh) => {
  test('names its ledger, and the given keys that the data directory does not know', async () => {
    const place = await newPlace(fresh);
    await ledgerOfSix(place);
    const own = readFileSync(join(place.dataDir, 'keys.txt'), 'utf8').trim();
    const strangeFolder = tempFolder();
    makeSigningKey(strangeFolder);
    const strange = loadSigningKey(strangeFolder, undefined)!.verifierKey('reeve/test/acme').text;

    const { stdout } = await cli(place, 'verify', '--vkey', own);
    expect(stdout).toContain('The ledger is reeve/test/acme.');
    expect(stdout).not.toContain('keys.txt');
    const both = await cli(place, 'verify', '--vkey', own, '--vkey', strange);
    expect(both.status).toBe(0);
    expect(both.stdout).toContain(
      `The key ${strange} was given with --vkey, and keys.txt in the data directory does not know it.`,
    );
  });
});
