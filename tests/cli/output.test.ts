import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Collector, Desk, someEvent } from './commandLine.js';

/** A reader who takes the first piece, tells, and never the next. */
class Stuck extends Collector {
  #told: () => void = () => {};
  readonly reached = new Promise<void>((resolve) => {
    this.#told = resolve;
  });

  constructor() {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer): void {
    this.text += chunk;
    this.#told();
  }
}

async function filledDesk(): Promise<Desk> {
  const desk = new Desk();
  await desk.record(someEvent, someEvent, someEvent);
  return desk;
}

/** What this process still has open of its data, where the system tells. */
function openFiles(desk: Desk): string[] {
  const descriptors = '/proc/self/fd';
  if (!existsSync(descriptors)) return [];
  return readdirSync(descriptors)
    .map((name) => {
      try {
        return readlinkSync(join(descriptors, name));
      } catch {
        return '';
      }
    })
    .filter((file) => file.startsWith(desk.folder));
}

test.each([['csv'], ['bundle']])(
  'Ctrl-C ends an export as %s that nobody reads, and closes it',
  async (format) => {
    const desk = await filledDesk();
    const stdout = new Stuck();
    const exporting = desk.reeve(['export', '--format', format], { stdout });
    await stdout.reached;
    desk.signal('SIGINT');
    expect(await exporting).toMatchObject({ status: 130, stderr: '' });
    expect([desk.listening, openFiles(desk)]).toEqual([0, []]);
  },
);

test.each([
  [['export', '--format', 'bundle', '--out', 'out.ndjson']],
  [['export', '--format', 'ndjson', '--out', 'out.ndjson']],
  [['prove', '2', '--out', 'out.ndjson']],
])('a signal during %j leaves no file and no open record', async (argv) => {
  const desk = await filledDesk();
  const out = join(desk.folder, 'out.ndjson');
  const working = desk.reeve(argv.map((word) => (word === 'out.ndjson' ? out : word)));
  // It has begun to listen before it does anything that takes time.
  while (desk.listening === 0) await Promise.resolve();
  desk.signal('SIGTERM');
  expect(await working).toMatchObject({ status: 143, stdout: '' });
  expect(readdirSync(desk.folder)).toEqual(['data']);
  expect([desk.listening, openFiles(desk)]).toEqual([0, []]);
});

test('what was made is told to programs, beside the file and never in it', async () => {
  const desk = await filledDesk();
  const out = join(desk.folder, 'case-2.json');
  const proved = await desk.reeve(['prove', '2', '--json', '--out', out]);
  expect(JSON.parse(proved.stdout)).toEqual({
    file: out,
    seq: 2,
    size: 3,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(JSON.parse(readFileSync(out, 'utf8').split('\n')[0]!)).toBeInstanceOf(Object);
  const exported = await desk.reeve(['export', '--json', '--format', 'ndjson', '--out', '-']);
  expect(exported.stdout.trim().split('\n')).toHaveLength(3);
  expect(JSON.parse(exported.stderr)).toMatchObject({ file: null, rows: 3, cut: false });
});
