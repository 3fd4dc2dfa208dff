import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Spool } from '../../../src/audit/writer/spool.js';
import { startChild } from '../../support/children.js';
import { sampleDraft, sampleDrafts } from '../../support/drafts.js';
import { smallDisk } from '../../support/smallDisk.js';
import { tempFolder } from '../../support/tempFolder.js';

const ROOM = 1024 * 1024;

let folder: string;
beforeEach(() => {
  folder = join(tempFolder(), 'spool');
});

const files = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
const idsOf = (drafts: { id: string }[]) => drafts.map((draft) => draft.id);

/** All that is in a spool, in the order in which it would be drained. */
function drained(spool: Spool, most = 500): string[] {
  const ids: string[] = [];
  while (!spool.isEmpty) {
    const { drafts, lines, bytes } = spool.read(most);
    ids.push(...idsOf(drafts));
    spool.advance(lines, bytes);
  }
  return ids;
}

describe('a spool', () => {
  test('gives back what was put in, in order, and leaves no file when it is empty', () => {
    const spool = new Spool(folder, 'acme', ROOM);
    const drafts = sampleDrafts(7);
    expect(spool.append(drafts.slice(0, 3))).toEqual({ kept: 3 });
    expect(spool.append(drafts.slice(3))).toEqual({ kept: 4 });
    expect([spool.status.count, files().length]).toEqual([7, 1]);
    expect(statSync(join(folder, files()[0]!)).mode & 0o777).toBe(0o600);
    const { drafts: first } = spool.read(2);
    expect(first).toEqual(drafts.slice(0, 2).map((draft) => ({ ...draft, mayRepeat: true })));
    expect(drained(spool, 2)).toEqual(idsOf(drafts));
    expect([spool.status, files()]).toEqual([{ count: 0, bytes: 0 }, []]);
  });

  test('takes more while it is being drained, behind what is there', () => {
    const spool = new Spool(folder, 'acme', ROOM);
    const drafts = sampleDrafts(4);
    spool.append(drafts.slice(0, 2));
    const { lines, bytes } = spool.read(1);
    spool.append(drafts.slice(2));
    spool.advance(lines, bytes);
    expect(drained(spool)).toEqual(idsOf(drafts.slice(1)));
    spool.append([drafts[0]!]);
    expect(drained(spool)).toEqual([drafts[0]!.id]);
  });

  test('keeps from the first on what there is room for, and says why not more', () => {
    const line = Buffer.byteLength(JSON.stringify(lineOf(sampleDraft(1)))) + 1;
    const spool = new Spool(folder, 'acme', Math.floor(line * 3.5));
    const drafts = sampleDrafts(6);
    const { kept, why } = spool.append(drafts);
    expect([kept, why]).toEqual([3, expect.stringContaining('AUDIT_SPOOL_MAX_BYTES')]);
    expect(spool.append([drafts[4]!]).kept).toBe(0);
    expect(spool.append([drafts[5]!], { evenIfFull: true }).kept).toBe(1);
    expect(drained(spool)).toEqual(idsOf([...drafts.slice(0, 3), drafts[5]!]));
    expect(spool.append([drafts[4]!]).kept).toBe(1);
  });

  test('counts a damaged line and a file that was cut off, and comes to an end', () => {
    const spool = new Spool(folder, 'acme', ROOM);
    const drafts = sampleDrafts(3);
    spool.append(drafts);
    const path = join(folder, files()[0]!);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[1] = 'x'.repeat(lines[1]!.length);
    writeFileSync(path, lines.join('\n'));
    const read = spool.read(10);
    expect([idsOf(read.drafts), read.lines]).toEqual([[drafts[0]!.id, drafts[2]!.id], 3]);
    truncateSync(path, 0);
    const cut = spool.read(10);
    expect([cut.drafts, cut.lines]).toEqual([[], 3]);
    spool.advance(cut.lines, cut.bytes);
    expect([spool.isEmpty, files()]).toEqual([true, []]);
  });

  test('that never comes to its end gives back the room of what was drained', () => {
    const spool = new Spool(folder, 'acme', 64 * ROOM);
    const drafts = sampleDrafts(8000);
    const ids = idsOf(drafts);
    spool.append(drafts.slice(0, 2000));
    const { size } = statSync(join(folder, files()[0]!));
    expect(size).toBeGreaterThan(ROOM);
    const seen: string[] = [];
    let largest = 0;
    // As much comes in as is written: two thousand always wait.
    for (let at = 2000; at < drafts.length; at += 250) {
      const read = spool.read(250);
      seen.push(...idsOf(read.drafts));
      spool.append(drafts.slice(at, at + 250));
      spool.advance(read.lines, read.bytes);
      expect(files()).toHaveLength(1);
      largest = Math.max(largest, statSync(join(folder, files()[0]!)).size);
      expect(spool.status.count).toBe(2000);
    }
    expect(largest).toBeLessThan(2.5 * size);
    expect([...seen, ...drained(spool)]).toEqual(ids);
    expect(files()).toEqual([]);
  });

  test('loses nothing and keeps the order wherever a kill meets the rewriting of its file', async () => {
    const [ids, drain] = [2000, 1600];
    const met: string[] = [];
    for (let dieAt = 0; ; dieAt++) {
      const own = join(folder, String(dieAt));
      const child = startChild('spoolRewrite.js', { folder: own, ids, drain, dieAt });
      const died = await child.next<string | null>();
      await child.kill();
      const next = new Spool(own, 'acme', 64 * ROOM);
      next.adopt();
      const left = drained(next);
      // What was drained may come again, from the first on: the ledger knows it by its id.
      const first = Number(left[0]?.slice('id-'.length));
      expect([0, drain]).toContain(first);
      expect(left).toEqual(Array.from({ length: ids - first }, (_, n) => `id-${first + n}`));
      expect(readdirSync(own)).toEqual([]);
      if (died === null) break;
      met.push(died);
    }
    expect(new Set(met)).toEqual(
      new Set(['openSync', 'readSync', 'writeSync', 'fsyncSync', 'renameSync', 'closeSync']),
    );
  });

  test('on a full disk says so, keeps nothing of it, and goes on when there is room', () => {
    const disk = smallDisk('64k');
    if (disk === null) return;
    const spool = new Spool(join(disk.path, 'spool'), 'acme', ROOM);
    const drafts = sampleDrafts(3);
    expect(spool.append([drafts[0]!]).kept).toBe(1);
    const ballast = join(disk.path, 'ballast');
    const fill = () => {
      for (;;) appendFileSync(ballast, Buffer.alloc(4096));
    };
    expect(fill).toThrow(/ENOSPC/);
    const many = sampleDrafts(60);
    const { kept, why } = spool.append(many);
    expect([kept, why]).toEqual([0, 'the spool cannot be written (ENOSPC)']);
    truncateSync(ballast, 0);
    expect(spool.append([drafts[1]!]).kept).toBe(1);
    expect(drained(spool)).toEqual(idsOf(drafts.slice(0, 2)));
  });
});

describe('what a writer left behind', () => {
  test('when it closed is adopted by the next, in order', () => {
    const first = new Spool(folder, 'acme', ROOM);
    const drafts = sampleDrafts(3);
    first.append(drafts);
    const { lines, bytes } = first.read(1);
    first.advance(lines, bytes);
    first.close();
    const next = new Spool(folder, 'acme', ROOM);
    // What was drained before comes again: the ledger knows it by its id.
    expect(next.adopt()).toBe(3);
    next.append([sampleDraft(9)]);
    expect(drained(next).slice(0, 3)).toEqual(idsOf(drafts));
    expect(files()).toEqual([]);
  });

  test('is left alone while that writer lives, also by another of the same process', () => {
    const living = new Spool(folder, 'acme', ROOM);
    living.append(sampleDrafts(2));
    expect(new Spool(folder, 'acme', ROOM).adopt()).toBe(0);
    expect(drained(living)).toHaveLength(2);
  });

  test('belongs to its tenant', () => {
    const other = new Spool(folder, 'acme.eu', ROOM);
    other.append(sampleDrafts(2));
    other.close();
    expect(new Spool(folder, 'acme', ROOM).adopt()).toBe(0);
    expect(new Spool(folder, 'acme.eu', ROOM).adopt()).toBe(2);
  });

  test('when it was killed is adopted without the line it did not finish', async () => {
    const child = startChild('spoolAndWait.js', { folder, tenant: 'acme', drafts: sampleDrafts(4) });
    await child.next();
    expect(new Spool(folder, 'acme', ROOM).adopt()).toBe(0);
    await child.kill();
    appendFileSync(join(folder, files()[0]!), '{"id":"torn');
    const next = new Spool(folder, 'acme', ROOM);
    expect(next.adopt()).toBe(4);
    next.append([sampleDraft(5)]);
    expect(drained(next)).toHaveLength(5);
  });

  test('of several goes one after another into one file', () => {
    const drafts = sampleDrafts(6);
    const spools = [0, 1, 2].map(() => new Spool(folder, 'acme', ROOM));
    spools.forEach((spool, index) => void spool.append(drafts.slice(index * 2, index * 2 + 2)));
    for (const spool of spools) spool.close();
    const next = new Spool(folder, 'acme', ROOM);
    expect([next.adopt(), files().length]).toEqual([6, 1]);
    expect(drained(next).sort()).toEqual(idsOf(drafts).sort());
    expect(files()).toEqual([]);
  });

  test('goes to one of two that start at once', () => {
    const left = new Spool(folder, 'acme', ROOM);
    left.append(sampleDrafts(3));
    left.close();
    const [one, two] = [new Spool(folder, 'acme', ROOM), new Spool(folder, 'acme', ROOM)];
    expect([one.adopt(), two.adopt()]).toEqual([3, 0]);
  });

  test('is adopted again where its new owner was killed before it was drained', async () => {
    const left = new Spool(folder, 'acme', ROOM);
    left.append(sampleDrafts(3));
    left.close();
    const child = startChild('spoolAndWait.js', { folder, tenant: 'acme', drafts: sampleDrafts(1) });
    expect(await child.next()).toBe(4);
    await child.kill();
    expect(new Spool(folder, 'acme', ROOM).adopt()).toBe(4);
  });
});

function lineOf({ id, row, textBefore, textAfter }: ReturnType<typeof sampleDraft>): object {
  return { id, row, textBefore, textAfter };
}
