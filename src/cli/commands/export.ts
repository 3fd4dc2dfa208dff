import { createHash } from 'node:crypto';
import { bundleText } from '../../audit/export/bundle.js';
import { EXPORT_FORMATS, type ExportFormat, exportText } from '../../audit/export/formats.js';
import { EXPORT_FIELDS } from '../../audit/reading/item.js';
import type { Config } from '../../config/config.js';
import { nearest } from '../../config/nearest.js';
import { UserError } from '../../config/userError.js';
import { entries } from '../amount.js';
import { numberOption } from '../arguments.js';
import { type Arguments, type CliCommand, OK } from '../command.js';
import { openIndexedRepository } from '../indexedRepository.js';
import { openLedgerReader } from '../ledgerReader.js';
import { type Output, withOutput } from '../output.js';
import { count, type OnProgress, Progress } from '../progress.js';
import { QUERY_HELP, readQuery } from '../queryOption.js';
import { openSignedLedger } from '../signedLedger.js';
import { type Terminal, writeTo } from '../terminal.js';

const FORMATS = [...EXPORT_FORMATS, 'bundle'] as const;

export const exportCommand: CliCommand = {
  name: 'export',
  summary: 'Write the record to a file: CSV, JSON, NDJSON, or a bundle that proves itself',
  words: '[QUERY]',
  wordCount: [0, 1000],
  options: [
    { name: 'format', value: 'FORMAT', help: 'csv, json, ndjson or bundle (required)' },
    { name: 'out', value: 'FILE', help: 'where to (default: standard output)' },
    { name: 'limit', value: 'N', help: 'stop after so many entries and say so (default: no limit)' },
    { name: 'bom', help: 'begin a CSV with a byte order mark, for spreadsheets that guess' },
  ],
  details: `${QUERY_HELP}
A bundle is always the whole ledger, signed just now; check it anywhere with reeve verify FILE --vkey KEY. The other
formats are for reading. In a CSV, cells that a spreadsheet would take for a formula begin with an apostrophe.`,
  examples: [
    'reeve export --format csv --out november.csv since:2026-11-01',
    'reeve export --format ndjson action:role.* | jq .description',
    'reeve export --format bundle --out ledger.ndjson',
  ],
  async run({ args, config, terminal, json }) {
    const format = readFormat(args.value('format'));
    demandFitting(format, args);
    const limit = numberOption(args, 'limit', {
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      otherwise: Number.POSITIVE_INFINITY,
      example: 'reeve export --format csv --limit 1000',
    });
    const settings = config();
    const progress = new Progress(terminal, 'Exporting');
    const work = (output: Output): Promise<Summary> => {
      const onProgress = (done: number, total: number): void => {
        output.demandGoingOn();
        progress.at(done, total);
      };
      if (format === 'bundle') return exportBundle(settings, output, onProgress);
      return exportRows(format, args, settings, limit, output, onProgress, terminal);
    };
    const file = args.value('out');
    const { rows, cut, sha256 } = await withOutput(terminal, file, work).finally(() => progress.end());
    const isToStdout = file === undefined || file === '-';
    if (json) {
      const text = JSON.stringify({ file: isToStdout ? null : file, rows, cut, sha256 });
      await writeTo(isToStdout ? terminal.stderr : terminal.stdout, `${text}\n`);
    } else {
      const stopped = cut ? ` · stopped at --limit ${count(limit)}: there are more` : '';
      terminal.stderr.write(`${entries(rows)}${stopped} · SHA-256 ${sha256}\n`);
    }
    return OK;
  },
};

interface Summary {
  rows: number;
  cut: boolean;
  sha256: string;
}

/** What would be left out without a word is refused. */
function demandFitting(format: (typeof FORMATS)[number], args: Arguments): void {
  const isBundle = format === 'bundle';
  if (isBundle && (args.words.length > 0 || args.has('limit'))) {
    throw new UserError({
      code: 'BUNDLE_IS_WHOLE',
      message: `A bundle is the whole ledger and takes no ${args.has('limit') ? '--limit' : 'query'}: a part of it could not be verified.`,
      example: 'reeve export --format bundle --out ledger.ndjson',
    });
  }
  if (args.has('bom') && format !== 'csv') {
    throw new UserError({
      code: 'USAGE',
      message: `--bom is for CSV, not for ${format}.`,
      example: 'reeve export --format csv --bom --out record.csv',
    });
  }
}

function readFormat(text: string | undefined): (typeof FORMATS)[number] {
  const format = FORMATS.find((one) => one === text?.toLowerCase());
  if (format !== undefined) return format;
  const near = text === undefined ? null : nearest(text.toLowerCase(), FORMATS);
  throw new UserError({
    code: 'BAD_FORMAT',
    message:
      text === undefined
        ? `--format is missing: ${FORMATS.join(', ')}.`
        : `There is no format ${JSON.stringify(text.slice(0, 40))}: ${FORMATS.join(', ')}.`,
    ...(near !== null && { hint: `Did you mean ${near}?` }),
    example: 'reeve export --format csv --out record.csv',
  });
}

async function exportBundle(config: Config, output: Output, onProgress: OnProgress): Promise<Summary> {
  const { reeve, ...ledger } = await openSignedLedger(config);
  const hash = createHash('sha256');
  try {
    for await (const text of bundleText({ ...ledger, onProgress })) {
      hash.update(text);
      await output.write(text);
    }
  } finally {
    await reeve.close();
  }
  return { rows: ledger.checkpoint.size - ledger.head.anchor.size, cut: false, sha256: hash.digest('hex') };
}

async function exportRows(
  format: ExportFormat,
  args: Arguments,
  config: Config,
  limit: number,
  output: Output,
  onProgress: OnProgress,
  terminal: Terminal,
): Promise<Summary> {
  const { filter } = readQuery(args.words, config, terminal.now());
  const reader = await openLedgerReader(config, terminal);
  const repository = await openIndexedRepository(config, reader);
  const hash = createHash('sha256');
  try {
    const total = Math.min(limit, await repository.count(filter));
    let seen = 0;
    const counted = (async function* () {
      for await (const batch of repository.stream(filter, { columns: EXPORT_FIELDS })) {
        seen += batch.length;
        onProgress(Math.min(seen, total), total);
        yield batch;
      }
    })();
    const text = exportText(format, counted, { bom: args.has('bom'), limit });
    for (;;) {
      const step = await text.next();
      if (step.done) return { ...step.value, sha256: hash.digest('hex') };
      hash.update(step.value);
      await output.write(step.value);
    }
  } finally {
    await repository.close();
    await reader.close();
  }
}
