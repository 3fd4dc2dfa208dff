import { Chance } from '../../system/chance.js';
import { Ledger, SIGNING } from './ledger.js';
import type { Judged } from './mutants.js';

const DAY = 86_400_000;
const BEGIN = Date.UTC(2031, 4, 10);
/** Entries that are neither erased nor say who was. */
const FREE = [1, 2, 4, 5, 9, 10];

/** Makes entries of the ledger heartbeats: the entry's number, and the day after the tenth of May 2031. */
export function beating(ledger: Ledger, days: Readonly<Record<number, number>>, hour = 12): Ledger {
  for (const [seq, day] of Object.entries(days)) {
    const open = ledger.entry(Number(seq)).public as { action: string; at: number };
    open.action = 'HEARTBEAT';
    open.at = BEGIN + day * DAY + hour * 3_600_000;
  }
  return ledger.seal();
}

/** Ledgers with heartbeats now and then, at any hour and in any order; the same in every run. */
export function* heartbeats(seed: number, count: number): Generator<Judged> {
  const chance = new Chance(seed);
  for (let number = 0; number < count; number += 1) {
    const some = FREE.filter(() => chance.fraction() < 0.7);
    const days = Object.fromEntries(some.map((seq) => [seq, chance.between(-3, 12)]));
    const ledger = beating(new Ledger(), days, chance.between(0, 23));
    if (chance.fraction() < 0.3) ledger.prune(4);
    yield {
      name: `#${number}: ${JSON.stringify(days)}`,
      content: ledger.bundle(),
      vkeys: [SIGNING.vkey],
      checkpoints: [],
    };
  }
}
