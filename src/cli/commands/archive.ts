import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.js';
import { UserError } from '../../config/userError.js';
import type { Segment } from '../../lifecycle/archive/archive.js';
import { archiveFolder, DirectoryArchive } from '../../lifecycle/archive/directoryArchive.js';
import { inspectArchive, type SegmentReport } from '../../lifecycle/archive/inspectArchive.js';
import { missingFrom, missingWords } from '../../lifecycle/archive/missing.js';
import { searchArchive } from '../../lifecycle/archive/search.js';
import { entries } from '../amount.js';
import { numberOption } from '../arguments.js';
import { type CliCommand, type CommandContext, type ExitStatus, FINDING, OK } from '../command.js';
import { type LedgerReader, openLedgerReader } from '../ledgerReader.js';
import { count, Progress } from '../progress.js';
import { QUERY_HELP, readQuery } from '../queryOption.js';
import { writeTo } from '../terminal.js';
import { itemLine } from './query.js';

export const archive: CliCommand = {
  name: 'archive',
  summary: 'List, verify or search what retention has archived',
  words: 'list|verify|search [QUERY]',
  wordCount: [1, 1000],
  options: [
    { name: 'dir', value: 'DIR', help: 'the archive (default: AUDIT_ARCHIVE_DIR)' },
    { name: 'limit', value: 'N', help: 'search: entries at most (default 50, at most 1000)' },
  ],
  details: `verify looks at each segment by itself, and for those that should be there and are not; reeve verify takes
archive and ledger as one history. search goes on past a segment that cannot be read, and names it.
${QUERY_HELP}`,
  examples: [
    'reeve archive list',
    'reeve archive verify --dir ./archive',
    'reeve archive search actor:+12025550100 since:2024-01-01',
  ],
  async run(context) {
    const [what, ...words] = context.args.words;
    const settings = context.config();
    if (!['list', 'verify', 'search'].includes(what!) || (words.length > 0 && what !== 'search')) {
      throw new UserError({
        code: 'USAGE',
        message: 'archive knows list, verify and search QUERY.',
        example: 'reeve archive list',
      });
    }
    const dir = context.args.value('dir');
    const reader = await openLedgerReader(settings, context.terminal);
    try {
      const kept = openArchive(settings, dir, reader);
      if (what === 'list') return await list(await kept.segments(), kept.label, context);
      if (what === 'verify') return await verify(kept, reader, settings, context);
      return await search(kept, words, reader, settings, context);
    } finally {
      await reader.close();
    }
  },
};

/** The archive that is named, or that is configured. */
export function openArchive(
  config: Config,
  dir: string | undefined,
  { head }: LedgerReader,
): DirectoryArchive {
  const folder = dir ?? config.archive.dir;
  if (folder === undefined) {
    throw new UserError({
      code: 'NO_ARCHIVE',
      message: 'AUDIT_ARCHIVE_DIR is not set, so nothing is archived.',
      hint: 'Set it, or name a folder with --dir.',
      example: 'reeve archive list --dir ./archive',
    });
  }
  const ofTenant = archiveFolder(folder, config.tenant);
  // A folder that is named may be the tenant's own already.
  const isOwn = dir !== undefined && !existsSync(ofTenant);
  return new DirectoryArchive(isOwn ? folder : ofTenant, head.origin);
}

async function list(
  segments: Segment[],
  label: string,
  { terminal, json }: CommandContext,
): Promise<ExitStatus> {
  const text = segments.map(
    ({ file, from, to, bytes }) => `${file}  ${entries(to - from + 1)}  ${count(bytes)} bytes\n`,
  );
  const all = segments.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  await writeTo(
    terminal.stdout,
    json
      ? `${JSON.stringify({ folder: label, segments })}\n`
      : `${text.join('')}${entries(all)} in ${label}\n`,
  );
  return OK;
}

async function verify(
  kept: DirectoryArchive,
  { keys, reads }: LedgerReader,
  { tenant }: Config,
  { terminal, json }: CommandContext,
): Promise<ExitStatus> {
  const reports: SegmentReport[] = [];
  const progress = new Progress(terminal, 'Verifying');
  const total = (await kept.segments()).length;
  for await (const report of inspectArchive(kept, keys, terminal.now())) {
    reports.push(report);
    progress.at(reports.length, total);
  }
  progress.end();
  const bad = reports.filter(({ isValid }) => !isValid);
  const missing = await missingFrom(kept, reads, tenant);
  const isValid = bad.length === 0 && missing.length === 0;
  if (json) {
    const segments = reports.map(({ segment, ...report }) => ({ ...segment, ...report }));
    await writeTo(terminal.stdout, `${JSON.stringify({ isValid, missing, segments })}\n`);
  } else {
    const lines = bad.map(({ segment, verdict, why }) => `✗ ${segment.file}: ${verdict}. ${why}\n`);
    const sum =
      total === 0
        ? `There are no segments in ${kept.label}.\n`
        : bad.length === 0
          ? `✓ All ${total} segments in ${kept.label} are as they were signed.\n`
          : `✗ ${bad.length} of ${total} segments in ${kept.label} are not as they were signed.\n`;
    const gaps = missing.map((range) => `✗ ${missingWords(range)}\n`);
    await writeTo(terminal.stdout, lines.join('') + sum + gaps.join(''));
  }
  return isValid ? OK : FINDING;
}

async function search(
  kept: DirectoryArchive,
  words: readonly string[],
  { head }: LedgerReader,
  settings: Config,
  { args, terminal, json }: CommandContext,
): Promise<ExitStatus> {
  const limit = numberOption(args, 'limit', {
    least: 1,
    most: 1000,
    otherwise: 50,
    example: 'reeve archive search --limit 50 action:role.*',
  });
  const { filter, range } = readQuery(words, settings, terminal.now());
  const progress = new Progress(terminal, 'Searching');
  const unreadable: { file: string; why: string }[] = [];
  const items = await searchArchive(kept, filter, {
    anchor: head.anchor.size,
    limit,
    onProgress: (done, total) => progress.at(done, total),
    onUnreadable: (file, why) => unreadable.push({ file, why }),
  }).finally(() => progress.end());
  const lines = items.map((item) => `${itemLine(item, settings.timeZone)}\n`);
  await writeTo(terminal.stdout, json ? `${JSON.stringify({ items, range, unreadable })}\n` : lines.join(''));
  if (!json) {
    const found = items.length === 0 ? 'Nothing found' : `${items.length} shown`;
    const not = unreadable.map(({ file, why }) => `✗ ${file} could not be searched to its end: ${why}.\n`);
    terminal.stderr.write(`${not.join('')}${found} (${range})\n`);
  }
  return unreadable.length === 0 ? OK : FINDING;
}
