import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Desk, someEvent } from '../commandLine.js';

const DAY = 86_400_000;

let desk: Desk;
let archive: string;
beforeEach(async () => {
  desk = new Desk();
  archive = join(desk.folder, 'archive');
  const old = Date.now() - 200 * DAY;
  await desk.record(
    ...Array.from({ length: 6 }, (_, i) => ({ ...someEvent, at: old + i, reason: `old ${i}` })),
    { ...someEvent, reason: 'young' },
  );
});

async function jsonOf<T>(words: string[]): Promise<{ status: number; answer: T }> {
  const { status, stdout } = await desk.reeve([...words, '--json']);
  return { status, answer: JSON.parse(stdout) as T };
}

describe('reeve retention', () => {
  test('plan says what a run would take away, and takes nothing', async () => {
    const { status, stdout } = await desk.reeve(['retention', 'plan']);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/would remove 6 entries, 1 to 6; entry 7 is young/),
    ]);
    expect((await desk.reeve(['retention', 'plan', '--days', '300'])).stdout).toMatch(/would remove nothing/);
    expect(await jsonOf(['retention', 'plan'])).toMatchObject({
      status: 0,
      answer: { plan: { kind: 'prune', from: 1, to: 6 }, days: 90, isOverdue: false, lastRun: null },
    });
    expect((await desk.reeve(['stats'])).stdout).toMatch(/^7 entries/);
  });

  test('run takes it away, and the rest verifies', async () => {
    const { status, stdout } = await desk.reeve(['retention', 'run']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^6 entries removed \(/)]);
    expect(await jsonOf(['verify'])).toMatchObject({
      status: 0,
      answer: { verdict: 'intact-from', from: 7 },
    });
    expect((await desk.reeve(['retention', 'plan'])).stdout).toMatch(/would remove nothing/);
    expect((await desk.reeve(['status'])).stdout).toMatch(/^Retention: .*90 days.*last run/m);
  });

  test('that something speaks against exits with 1 and says what', async () => {
    const empty = new Desk();
    await empty.record({ ...someEvent, at: Date.now() - 200 * DAY });
    const { status, stdout, stderr } = await empty.reeve(['retention', 'run']);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^0 entries removed/)]);
    expect(stderr).toMatch(/even the newest entry would have expired/);
    expect((await empty.reeve(['retention', 'plan'])).status).toBe(1);
    expect((await empty.reeve(['retention', 'sweep'])).status).toBe(2);
    expect((await empty.reeve(['retention', 'run', '--days', '0'])).stderr).toMatch(/whole number from 1/);
  });
});

describe('reeve archive', () => {
  beforeEach(async () => {
    desk.env.AUDIT_ARCHIVE_DIR = archive;
    await desk.reeve(['retention', 'run']);
  });

  test('lists and verifies what left the ledger', async () => {
    expect(readdirSync(archive).sort()).toEqual([
      'default-000000000001-000000000006.ndjson.gz',
      'manifest.ndjson',
    ]);
    expect((await desk.reeve(['archive', 'list'])).stdout).toMatch(
      /ndjson\.gz {2}6 entries {2}[\d,]+ bytes\n6 entries in /,
    );
    const { status, stdout } = await desk.reeve(['archive', 'verify']);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^✓ All 1 segments/)]);
  });

  test('of which a segment is damaged is a finding, and says which and why', async () => {
    const file = 'default-000000000001-000000000006.ndjson.gz';
    const good = readFileSync(join(archive, file));
    expect(await jsonOf(['archive', 'verify'])).toEqual({
      status: 0,
      answer: {
        isValid: true,
        missing: [],
        segments: [
          expect.objectContaining({ file, from: 1, to: 6, verdict: 'intact', isValid: true, why: null }),
        ],
      },
    });
    writeFileSync(join(archive, file), good.subarray(0, good.length / 2));
    const { status, stdout } = await desk.reeve(['archive', 'verify']);
    expect(status).toBe(1);
    expect(stdout).toContain(`✗ ${file}: unreadable. It cannot be read`);
    expect(stdout).toContain('✗ 1 of 1 segments in');
    expect(await jsonOf(['archive', 'verify'])).toMatchObject({
      status: 1,
      answer: { isValid: false, missing: [], segments: [{ file, verdict: 'unreadable', isValid: false }] },
    });
  });

  test('of which segments were taken away is a finding, and says which entries are missing', async () => {
    rmSync(archive, { recursive: true });
    const { status, stdout } = await desk.reeve(['archive', 'verify']);
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/^There are no segments in .*\n✗ Entries 1 to 6 are not in the archive, and /),
    ]);
    expect(await jsonOf(['archive', 'verify'])).toEqual({
      status: 1,
      answer: { isValid: false, missing: [[1, 6]], segments: [] },
    });
    expect(existsSync(archive)).toBe(false);
  });

  test('is searched by query', async () => {
    const { stdout } = await desk.reeve(['archive', 'search', '"old 3"']);
    expect(stdout).toMatch(/^#4 · .*\n$/);
    expect(await jsonOf<{ items: { seq: number }[] }>(['archive', 'search', 'seq:2..3'])).toMatchObject({
      status: 0,
      answer: { items: [{ seq: 3 }, { seq: 2 }], unreadable: [] },
    });
  });

  test('of which a segment cannot be read is searched as far as it can be, and that is a finding', async () => {
    const file = 'default-000000000001-000000000006.ndjson.gz';
    rmSync(join(archive, file));
    expect(await desk.reeve(['archive', 'search', 'seq:2..3'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(`^✗ ${file} could not be searched to its end: ENOENT\\.\nNothing found`),
    });
    expect(await jsonOf(['archive', 'search', 'seq:2..3'])).toMatchObject({
      status: 1,
      answer: { items: [], unreadable: [{ file, why: 'ENOENT' }] },
    });
  });

  test('and the ledger have one verdict from entry 1', async () => {
    expect(await jsonOf(['verify'])).toMatchObject({ status: 0, answer: { verdict: 'intact', from: 1 } });
    expect(await jsonOf(['verify', '--no-archive'])).toMatchObject({
      answer: { verdict: 'intact-from', from: 7 },
    });
    delete desk.env.AUDIT_ARCHIVE_DIR;
    expect(await jsonOf(['verify', '--archive', archive])).toMatchObject({ answer: { verdict: 'intact' } });
    const [file] = readdirSync(archive);
    expect(await jsonOf(['verify', join(archive, file!)])).toMatchObject({
      status: 0,
      answer: { verdict: 'intact' },
    });
  });

  test('that is not there is said to be not there', async () => {
    delete desk.env.AUDIT_ARCHIVE_DIR;
    const { status, stderr } = await desk.reeve(['archive', 'list']);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/AUDIT_ARCHIVE_DIR is not set/)]);
    const other = join(desk.folder, 'other');
    expect((await desk.reeve(['archive', 'list', '--dir', other])).stdout).toMatch(/^0 entries/);
    expect(existsSync(other)).toBe(false);
  });
});
