import { readHead } from '../../audit/ledgerRows.js';
import type { Clock } from '../../config/clock.js';
import type { Entry } from '../../ledger/entry.js';
import { joined, type Ranges } from '../../ledger/ranges.js';
import type { Reads } from '../../store/sql.js';
import type { HoldTest } from '../hold/legalHold.js';
import { firstHeldAmong, heldError } from '../hold/legalHolds.js';
import type { Archived } from './archived.js';
import type { Mentions } from './mentions.js';
import { entriesFrom, Findings } from './scan.js';

/** What somebody wrote lately, by the gateway's own keys. */
export interface MessageKey {
  readonly channel: string;
  readonly key: string;
}

/** What a look at all entries up to `size` found, with the holds that were asked. */
export interface Found {
  readonly findings: Findings;
  /** Below the anchor, where no entry stands for it any more: a run of retention that was killed has left it. */
  readonly leftovers: Findings;
  readonly size: number;
  /** Of messages that the inbox may know still. */
  readonly keys: readonly MessageKey[];
  readonly tests: readonly HoldTest[];
}

/** Keys of messages older than this are gone from the inbox by themselves. */
const INBOX_KEEPS_MS = 4 * 24 * 3_600_000;

/** Where to look. */
export interface SearchPlace {
  readonly reads: Reads;
  readonly tenant: string;
  readonly archived: Archived | null;
  readonly clock: Clock;
}

/** Every entry, archived or not, that speaks of somebody. Refuses where one of those is held. */
export async function search(
  { reads, tenant, archived, clock }: SearchPlace,
  mentions: Mentions,
  tests: readonly HoldTest[],
): Promise<Found> {
  const recent = clock.now() - INBOX_KEEPS_MS;
  const head = (await readHead(reads, tenant))!;
  const packed: { actor: number[]; rest: number[] } = { actor: [], rest: [] };
  for await (const entry of archived?.entries() ?? []) {
    const one = new Findings();
    if (!one.add(entry, mentions)) continue;
    demandFree(tests, [entry]);
    if (one.actor.length > 0) packed.actor.push(entry.public.seq);
    if (one.rest.length > 0) packed.rest.push(entry.public.seq);
  }
  const [live, leftovers] = [new Findings(), new Findings()];
  const keys: MessageKey[] = [];
  for await (const entry of entriesFrom(reads, tenant, 1, head.size)) {
    const isLeftover = entry.public.seq <= head.anchor.size;
    if (!(isLeftover ? leftovers : live).add(entry, mentions)) continue;
    demandFree(tests, [entry]);
    const { messageKey } = entry.rest ?? {};
    if (messageKey !== undefined && entry.public.at >= recent)
      keys.push({ channel: entry.public.channel, key: messageKey });
  }
  const actor = together(live.actor, packed.actor);
  const rest = together(live.rest, packed.rest);
  return { findings: new Findings({ actor, rest }), leftovers, size: head.size, keys, tests };
}

/** Throws where one of the entries is held. */
export function demandFree(tests: readonly HoldTest[], entries: readonly Entry[]): void {
  if (tests.length === 0) return;
  const held = firstHeldAmong(tests, entries);
  if (held !== null) throw heldError(held);
}

/** An entry that was archived may be there twice, and in the ledger still. */
const together = (live: Ranges, packed: readonly number[]): Ranges =>
  joined([...live, ...packed.map((seq): [number, number] => [seq, seq])]);
