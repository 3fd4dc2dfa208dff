import type { AuditItem } from '../../audit/repository.js';
import { numberOption } from '../arguments.js';
import { type Arguments, type CliCommand, OK } from '../command.js';
import { openIndexedRepository } from '../indexedRepository.js';
import { openLedgerReader } from '../ledgerReader.js';
import { printable } from '../printable.js';
import { QUERY_HELP, readQuery } from '../queryOption.js';
import { shellLine } from '../shell.js';
import { writeTo } from '../terminal.js';

export const query: CliCommand = {
  name: 'query',
  summary: 'Search the record, newest first',
  words: '[QUERY]',
  wordCount: [0, 1000],
  options: [
    { name: 'limit', value: 'N', help: 'entries a page (default 50, at most 1000)' },
    { name: 'before', value: 'SEQ', help: 'go on below this number (the page before says which)' },
  ],
  details: QUERY_HELP,
  examples: [
    'reeve query since:7d action:role.*',
    'reeve query actor:+12025550100 -outcome:success "by hand"',
    "reeve query --json category:security | jq -r '.items[].description'",
  ],
  async run({ args, config, terminal, json }) {
    const settings = config();
    const limit = numberOption(args, 'limit', {
      least: 1,
      most: 1000,
      otherwise: 50,
      example: 'reeve query --limit 50',
    });
    const before = numberOption(args, 'before', {
      least: 1,
      most: Number.MAX_SAFE_INTEGER,
      otherwise: 0,
      example: 'reeve query --before 50',
    });
    const { filter, range } = readQuery(args.words, settings, terminal.now());
    const reader = await openLedgerReader(settings, terminal);
    const repository = await openIndexedRepository(settings, reader);
    try {
      const page = await repository.query(filter, { limit, ...(before > 0 && { before }) });
      if (json) {
        await writeTo(terminal.stdout, `${JSON.stringify({ items: page.items, next: page.next, range })}\n`);
        return OK;
      }
      const lines = page.items.map((item) => `${itemLine(item, settings.timeZone)}\n`);
      await writeTo(terminal.stdout, lines.join(''));
      const found = page.items.length === 0 ? 'Nothing found' : `${page.items.length} shown`;
      const more = page.next === null ? '' : ` · more: ${nextPage(args, page.next)}`;
      terminal.stderr.write(`${found} (${range})${more}\n`);
      return OK;
    } finally {
      await repository.close();
      await reader.close();
    }
  },
};

/** The command line of the page that follows: the same one, from a lower number on. */
function nextPage(args: Arguments, before: number): string {
  // What begins with two dashes would be read as an option.
  const separator = args.words.some((word) => word.startsWith('--') || word === '-h') ? ['--'] : [];
  const options = args.optionsBut('before');
  return shellLine(['reeve', 'query', ...options, '--before', String(before), ...separator, ...args.words]);
}

/** One entry in one line: number, time, what happened, and how it ended when not well. */
export function itemLine(item: AuditItem, timeZone: string): string {
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    item.at,
  );
  const words =
    item.description === null
      ? `${item.action} by ${printable(actorOf(item))}`
      : `${printable(item.description)} · ${item.action}`;
  const outcome = item.outcome === 'success' ? '' : ` · ${item.outcome}`;
  return `#${item.seq} · ${time} · ${words}${outcome}`;
}

/** Whoever has no address of their own has SYSTEM there, and is better known by name or id. */
function actorOf({ actorName, actorPhone, actorId }: AuditItem): string {
  const phone = actorPhone === 'SYSTEM' ? null : actorPhone;
  return actorName ?? phone ?? actorId ?? actorPhone ?? 'somebody erased';
}
