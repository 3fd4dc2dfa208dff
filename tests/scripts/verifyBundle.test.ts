import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { importsOf } from '../../scripts/importsOf.js';
import { judge } from '../../scripts/verify-bundle.mjs';
import { wireErasure } from '../../src/chat/forgetting.js';
import { loadConfig } from '../../src/config/config.js';
import { parseVerifierKey, verifyFile } from '../../src/index.js';
import { LegalHolds } from '../../src/lifecycle/hold/legalHolds.js';
import { Desk } from '../cli/commandLine.js';
import { Aged, DAY } from '../lifecycle/retention/aged.js';
import { freshSqlite } from '../support/databases.js';
import { dataDirFor } from '../support/record.js';
import { tempFolder } from '../support/tempFolder.js';
import { byForm, PATIENCE_MS } from '../system/form.js';
import { bothVerdicts, silentDays } from './bundles/bothVerifiers.js';
import { forgeries } from './bundles/forgeries.js';
import { closed, noteOf } from './bundles/forgery.js';
import { beating, heartbeats } from './bundles/heartbeats.js';
import { CASES, type Case, LAST, Ledger, ORIGIN, SIGNING, VECTORS } from './bundles/ledger.js';
import { type Judged, mutants } from './bundles/mutants.js';

/**
 * The second verifier knows nothing of the first: it was written from docs/ledger-format.md. Whatever a file holds,
 * both must reach the same verdict, or one of them, or the page, is wrong.
 */
const SCRIPT = fileURLToPath(new URL('../../scripts/verify-bundle.mjs', import.meta.url));

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

const run = (...args: string[]): Promise<Ended> => runScript(SCRIPT, ...args);

function runScript(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('the published vectors', () => {
  const ended = new Map<string, Ended>();

  beforeAll(async () => {
    const left = [...CASES];
    const work = async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const { file, vkeys, checkpoints } = next;
        const keys = vkeys.flatMap((vkey) => ['--vkey', vkey]);
        const kept = checkpoints.flatMap((name) => ['--checkpoint', VECTORS + name]);
        ended.set(file, await run(VECTORS + file, ...keys, ...kept, '--json'));
      }
    };
    await Promise.all([work(), work(), work()]);
  });

  test.each(CASES.map((one): [string, Case] => [`${one.file}: ${one.what}`, one]))('%s', (_, one) => {
    const { status, stdout } = ended.get(one.file)!;
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({
      status: one.exit,
      verdict: one.verdict,
      isValid: one.exit === 0,
      firstBad: one.firstBad,
    });
  });
});

/** The files on which the two verifiers do not agree. */
async function disagreements(files: Iterable<Judged>): Promise<string[]> {
  const found: string[] = [];
  for (const { name, content, vkeys, checkpoints } of files) {
    const { first, second } = await bothVerdicts(content, vkeys, checkpoints);
    if (first !== second) found.push(`${name}\n  the first says  ${first}\n  the second says ${second}`);
  }
  return found;
}

describe('both verifiers agree', () => {
  test('on what somebody writes who knows the format and may have the key', async () => {
    expect(await disagreements(forgeries())).toEqual([]);
  });

  test(
    'on the days without a heartbeat',
    async () => {
      const files = [...heartbeats(20310510, byForm(40, 2000))];
      expect(await disagreements(files)).toEqual([]);
      const said = await Promise.all(
        files.slice(0, 20).map(({ content, vkeys }) => silentIn(content, vkeys)),
      );
      expect(said.filter((days) => days.length > 0).length).toBeGreaterThan(5);
    },
    PATIENCE_MS,
  );

  test(
    'on files that were changed by chance',
    async () => {
      expect(await disagreements(mutants(20260105, byForm(240, 20_000)))).toEqual([]);
    },
    PATIENCE_MS,
  );
});

/** The silent days that the first verifier tells. */
async function silentIn(content: Buffer, vkeys: readonly string[]): Promise<string[]> {
  const { notes } = await verifyFile([content], { keys: vkeys.map(parseVerifierKey), now: 0 });
  return silentDays(notes);
}

describe('days without a heartbeat', () => {
  const path = () => join(tempFolder(), 'ledger.ndjson');

  test('are named by both verifiers: those between two heartbeats, whatever their order', async () => {
    const ledger = beating(new Ledger(), { 1: 3, 2: 0, 4: 3, 5: 5, 9: 10 });
    const file = path();
    writeFileSync(file, ledger.bundle());
    const { status, verdict } = await judge([file], { vkeys: [SIGNING.vkey] });
    const days = ['2031-05-11 to 2031-05-12', '2031-05-14', '2031-05-16 to 2031-05-19'];
    expect([status, silentDays(verdict.notes)]).toEqual([0, days]);
    expect(verdict.notes.join('\n')).toContain('7 days');
    expect(await silentIn(ledger.bundle(), [SIGNING.vkey])).toEqual(days);
  });

  test('are none where each day has one, or nobody ever recorded one', async () => {
    for (const days of [{ 1: 0, 2: 1, 4: 2 }, { 4: 7 }, {}]) {
      const file = path();
      writeFileSync(file, beating(new Ledger(), days).bundle());
      const { verdict } = await judge([file], { vkeys: [SIGNING.vkey] });
      expect(verdict.notes.filter((note) => /heartbeat/i.test(note))).toEqual([]);
    }
  });

  test('are not filled by a heartbeat that was altered', async () => {
    const ledger = beating(new Ledger(), { 1: 0, 2: 1, 4: 2 });
    (ledger.entry(2).public as { verb: string }).verb = 'READ';
    const file = path();
    writeFileSync(file, ledger.bundle());
    const { verdict } = await judge([file], { vkeys: [SIGNING.vkey] });
    expect([verdict.verdict, silentDays(verdict.notes)]).toEqual(['altered', ['2031-05-11']]);
    expect(await silentIn(ledger.bundle(), [SIGNING.vkey])).toEqual(['2031-05-11']);
  });

  test('are counted over several files, and no time that may stand in an entry takes them down', async () => {
    const ledger = beating(new Ledger(), { 1: 0, 9: 4 });
    (ledger.entry(10).public as { action: string; at: number }).action = 'HEARTBEAT';
    (ledger.entry(10).public as { action: string; at: number }).at = Number.MAX_SAFE_INTEGER;
    ledger.seal();
    const [first, rest] = [path(), path()];
    writeFileSync(first, closed(ledger.lines(4)));
    writeFileSync(rest, ledger.prune(4).bundle());
    const { verdict } = await judge([first, rest], { vkeys: [SIGNING.vkey] });
    expect(verdict.notes.join('\n')).toMatch(/2031-05-11 to 2031-05-13, 2031-05-15 to day \d+/);
  });
});

describe('several files', () => {
  const folder = tempFolder();
  const vkeys = [SIGNING.vkey];
  const segment = (pruned: number, to: number, name = `${pruned}-${to}.ndjson.gz`, ledger = new Ledger()) => {
    if (pruned > 0) ledger.prune(pruned);
    const lines = closed(ledger.lines(to));
    const path = join(folder, name);
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(lines) : lines);
    return path;
  };

  test('are one history from entry 1, also where a later file says what was erased in an earlier one', async () => {
    const files = [segment(0, 4), segment(4, 6), segment(6, LAST, 'rest.ndjson')];
    const { status, verdict } = await judge(files, { vkeys });
    expect(status).toBe(0);
    expect(verdict).toMatchObject({ verdict: 'intact', from: 1, to: LAST, totalRecords: LAST, erased: 3 });
    const { verdict: whole } = await judge([`${VECTORS}good.ndjson`], { vkeys });
    expect(verdict.root).toBe(whole.root);
    const later = await judge(files.slice(1), { vkeys });
    expect(later.verdict).toMatchObject({ verdict: 'intact-from', from: 5, to: LAST });
  });

  test('compare a checkpoint that the last of them alone cannot be held to', async () => {
    const ledger = new Ledger().prune(6);
    ledger.consistency = [];
    const rest = join(folder, 'unproved.ndjson');
    writeFileSync(rest, ledger.bundle());
    const note = join(folder, 'of-3.txt');
    writeFileSync(note, ledger.checkpoint(3));
    expect((await judge([rest], { vkeys, checkpoints: [note] })).status).toBe(2);
    expect((await judge([segment(0, 6), rest], { vkeys, checkpoints: [note] })).status).toBe(0);
  });

  test('lack what no file holds', async () => {
    const { status, verdict } = await judge([segment(0, 4), segment(6, LAST)], { vkeys });
    expect(status).toBe(1);
    expect(verdict).toMatchObject({ verdict: 'missing', firstBad: 5, gaps: [{ from: 5, to: 6, count: 2 }] });
  });

  test('are forked where one of them is of another history', async () => {
    const other = new Ledger();
    (other.entry(2).public as { verb: string }).verb = 'READ';
    const forked = segment(0, 4, 'other.ndjson.gz', other.seal());
    const good = await judge([segment(0, 4), segment(4, LAST)], { vkeys });
    expect(good.verdict.verdict).toBe('intact');
    const { verdict } = await judge([forked, segment(4, LAST)], { vkeys });
    expect(verdict).toMatchObject({ verdict: 'forked', firstBad: 1 });
  });

  test('are altered where an anchor is not what came before, even if nothing was signed there', async () => {
    const lines = new Ledger().prune(4).lines();
    const head = JSON.parse(lines[0]!) as { anchor: { size: number; hashes: string[] } };
    head.anchor.hashes = ['f'.repeat(64)];
    const path = join(folder, 'anchor.ndjson');
    writeFileSync(path, closed([JSON.stringify(head), ...lines.slice(1)]));
    const { verdict } = await judge([segment(0, 4), path], { vkeys });
    expect(verdict).toMatchObject({ verdict: 'altered', isValid: false });
  });

  test.each([
    ['in another order', () => [segment(4, LAST), segment(0, 4)]],
    ['named twice', () => [segment(0, 4), segment(0, 4)]],
    ['with a proof among them', () => [segment(0, 4), `${VECTORS}proof.json`]],
  ])('are not judged %s', async (_, files) => {
    const { status, stdout, stderr } = await run(...files(), '--vkey', SIGNING.vkey);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/order of their numbers|give it alone/);
  });
});

describe('the program', () => {
  test('wrote a ledger that was archived twice, erased from and exported: all of it is verified', async () => {
    const database = await freshSqlite();
    const aged = await Aged.open(database, 30, 12, { archived: true });
    expect((await aged.retention.run()).archived).toBe(1);
    aged.clock.jump(95 * DAY);
    await aged.write(7);
    expect((await aged.retention.run()).failure).toBeNull();
    const dataDir = dataDirFor(database);
    const { record, clock, archive } = aged;
    const env = {
      REEVE_DATA_DIR: dataDir,
      REEVE_INSTANCE: 'test',
      REEVE_TENANT: 'acme',
      REEVE_TIMEZONE: 'UTC',
    };
    const erasure = wireErasure({
      config: loadConfig({ env, cwd: dataDir }),
      record,
      clock,
      holds: new LegalHolds({ record, clock }),
      archive,
    });
    await erasure.erase('+12025550105');
    await record.sign();

    const desk = new Desk({ ...env, DATABASE_URL: `file:${(database as { path: string }).path}` });
    const bundle = join(desk.folder, 'ledger.ndjson');
    const proof = join(desk.folder, 'proof.json');
    const exported = await desk.reeve(['export', '--format', 'bundle', '--out', bundle]);
    expect(exported.status).toBe(0);
    const vkeys = readFileSync(join(dataDir, 'keys.txt'), 'utf8').trim().split('\n');
    const live = await aged.verify();

    const alone = await judge([bundle], { vkeys });
    expect(alone).toMatchObject({ status: 0, verdict: { verdict: 'intact-from', from: live.from } });
    const segments = (await archive.segments()).map(({ file }) => file);
    expect(segments.length).toBeGreaterThan(1);
    const paths = segments.map((file) => join(archive.label, file));
    for (const path of paths) {
      const { second, first } = await bothVerdicts(readFileSync(path), vkeys);
      expect(second).toBe(first);
      expect(second).toMatch(/^intact.* status 0/);
    }
    const { status, verdict } = await judge([...paths, bundle], { vkeys });
    expect(status).toBe(0);
    expect(verdict).toMatchObject({ verdict: 'intact', from: 1, root: alone.verdict.root });
    expect(verdict.erased).toBeGreaterThan(alone.verdict.erased);
    const kept = join(dataDir, 'checkpoints.txt');
    expect((await judge([...paths, bundle], { vkeys, checkpoints: [kept] })).status).toBe(0);

    await desk.reeve(['prove', String(verdict.to), '--out', proof]);
    expect((await judge([proof], { vkeys, checkpoints: [] })).verdict.verdict).toBe('intact');
  });
});

test('what a restored ledger says was lost is told by both verifiers', async () => {
  const ledger = new Ledger();
  const entry = ledger.entry(4) as { public: { action: string }; rest: { metadata: string } };
  entry.public.action = 'LEDGER_RECOVERED';
  entry.rest.metadata = '{"restoredSize":3,"signedRoot":"","signedSize":7}';
  const content = closed(ledger.seal().lines());
  const path = join(tempFolder(), 'recovered.ndjson');
  writeFileSync(path, content);
  const first = await verifyFile([Buffer.from(content)], { keys: [parseVerifierKey(SIGNING.vkey)], now: 0 });
  const second = await judge([path], { vkeys: [SIGNING.vkey], checkpoints: [] });
  for (const { verdict, notes } of [first, second.verdict]) {
    expect(verdict).toBe('intact');
    expect(notes.join('\n')).toContain('entries 4 to 7 that had been signed were lost');
  }
});

test('it needs nothing but Node: no other file, no package, wherever it is copied to', async () => {
  const text = readFileSync(SCRIPT, 'utf8');
  const imports = importsOf(text);
  expect(imports).toContain('node:crypto');
  expect(imports.filter((name) => !name.startsWith('node:'))).toEqual([]);
  // What is imported by a name that is only known while it runs.
  expect(text).not.toMatch(/\bimport\s*\(|\brequire\b|createRequire|getBuiltinModule|\beval\b|new Function/);
  const copy = join(tempFolder(), 'second.mjs');
  copyFileSync(SCRIPT, copy);
  expect((await runScript(copy, `${VECTORS}good.ndjson`, '--vkey', SIGNING.vkey)).status).toBe(0);
});

describe('the command line', () => {
  const good = `${VECTORS}good.ndjson`;

  test('explains itself with examples', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('node verify-bundle.mjs ledger.ndjson --vkey');
  });

  test('tells people what it found', async () => {
    const { status, stdout } = await run(`${VECTORS}altered-rest.ndjson`, '--vkey', SIGNING.vkey);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^altered: entries 1 to 10/);
    expect(stdout).toContain('altered 4: its part rest does not match the commitment');
  });

  test.each([
    ['no file', [], /Name the file/],
    ['a file that is not there', ['nowhere.ndjson'], /nowhere\.ndjson cannot be read \(ENOENT\)/],
    ['a folder', [VECTORS], /is no file/],
    ['something else', [SCRIPT], /is no bundle, no archive segment and no proof/],
    ['half a key', [good, '--vkey', SIGNING.vkey.slice(0, 30)], /--vkey is not a verifier key/],
    ['a key miscopied', [good, '--vkey', SIGNING.vkey.replace('+133f', '+133e')], /miscopied/],
    ['a checkpoint that is none', [good, '--checkpoint', good], /holds no signed checkpoint/],
    ['an option that is none', [good, '--key', 'x'], /--help/],
  ])('does not judge when given %s', async (_, args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('does not judge a gzip file that was cut off, nor memory that a line would take', async () => {
    const folder = tempFolder();
    const cut = join(folder, 'cut.ndjson.gz');
    writeFileSync(cut, gzipSync(new Ledger().bundle()).subarray(0, 900));
    expect((await run(cut)).stderr).toContain('it is no whole gzip file');
    const long = join(folder, 'long.ndjson.gz');
    const lines = new Ledger().lines();
    const line = `"${'x'.repeat(17 * 1024 * 1024)}"`;
    writeFileSync(long, gzipSync(closed([...lines, line])));
    const { verdict } = await judge([long], { vkeys: [SIGNING.vkey] });
    expect(verdict).toMatchObject({ verdict: 'altered', altered: [], root: expect.any(String) });
  });

  test('reads several checkpoints from one file, and says which could not be compared', async () => {
    const path = join(tempFolder(), 'kept.txt');
    const ledger = new Ledger();
    writeFileSync(
      path,
      `${ledger.checkpoint(3)}\n${ledger.checkpoint(8)}${ledger.checkpoint(LAST).trimEnd()}`,
    );
    expect((await run(good, '--vkey', SIGNING.vkey, '--checkpoint', path)).status).toBe(0);
    const strange = noteOf(`reeve/example/other\n3\n${'A'.repeat(43)}=\n`, SIGNING);
    writeFileSync(path, `${ledger.checkpoint(3)}${strange}`);
    const { status, stdout } = await run(good, '--vkey', SIGNING.vkey, '--checkpoint', path, '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'intact', checkpoints: { absent: 1 } });
    expect(stdout).toContain('it is of another ledger');
    expect(ORIGIN).not.toBe('reeve/example/other');
  });
});
