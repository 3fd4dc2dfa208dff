/**
 * What the index does when retention has deleted the ledger's beginning. Hours that went whole are dropped; the few
 * in which the cut lies are counted again; the words go afterwards, in small steps, since nobody is shown an entry
 * that is not there.
 */

import type { Writes } from '../../store/sql.js';
import { countedOf, type GrowingIndex, ifStill, readEntries } from './growing.js';
import { type HourCount, hourOf, Rollup, stretchOf } from './rollup.js';
import type { IndexState } from './standing.js';
import { COUNT_TABLES, indexTable } from './tables.js';

/** Counting again more than this costs as much as beginning anew. */
const MOST_RECOUNTED = 100_000;
const BATCH = 2000;

/** Makes the counts those of the entries after `anchor`. 'anew' where it is better to begin anew. */
export async function pruneCounts(
  index: GrowingIndex,
  seen: IndexState,
  anchor: number,
): Promise<'done' | 'again' | 'anew'> {
  const { store, tenant } = index;
  const touched = await store.read((tx) =>
    tx.all<HourCount>(
      `SELECT "hour", "minSeq", "maxSeq" FROM ${indexTable(tx.dialect, 'hours')} WHERE "tenant" = ? AND "minSeq" <= ?`,
      [tenant, anchor],
    ),
  );
  const cut = touched.filter(({ maxSeq }) => maxSeq > anchor);
  const last = Math.max(anchor, ...cut.map(({ maxSeq }) => maxSeq));
  if (last - anchor > MOST_RECOUNTED) return 'anew';
  const recount = await countAgain(index, anchor, last, new Set(cut.map(({ hour }) => hour)));
  const isDone = await ifStill(index, seen, async (tx) => {
    const t = (name: string) => indexTable(tx.dialect, name);
    const gone = `(SELECT "hour" FROM ${t('hours')} WHERE "tenant" = ? AND "minSeq" <= ?)`;
    for (const table of ['acts', 'actors'] as const) {
      await tx.run(`DELETE FROM ${t(table)} WHERE "tenant" = ? AND "span" = 1 AND "start" IN ${gone}`, [
        tenant,
        tenant,
        anchor,
      ]);
    }
    await tx.run(`DELETE FROM ${t('hours')} WHERE "tenant" = ? AND "minSeq" <= ?`, [tenant, anchor]);
    await store.addCounts(tx, 'hours', [...recount.hours.values()]);
    await store.addCounts(tx, 'acts', recount.acts([1]));
    await store.addCounts(tx, 'actors', recount.actors([1]));
    const days = new Set(touched.map(({ hour }) => stretchOf(hour, 24)));
    for (const day of days) await sumUp(tx, tenant, 24, day, 1, [day, day + 23]);
    if (touched.length > 0) await sumUp(tx, tenant, 0, 0, 24, null);
    return { ...seen, anchor };
  });
  return isDone ? 'done' : 'again';
}

async function countAgain(
  index: GrowingIndex,
  after: number,
  until: number,
  hours: ReadonlySet<number>,
): Promise<Rollup> {
  const rollup = new Rollup();
  for (let at = after; at < until; ) {
    const rows = await readEntries(index, at, until, BATCH);
    if (rows.length === 0) break;
    for (const row of rows) {
      const counted = countedOf(row);
      if (hours.has(hourOf(counted.at))) rollup.add(counted);
      at = counted.seq;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return rollup;
}

/** Replaces the counts of one longer stretch by the sums of the shorter ones in it. */
async function sumUp(
  tx: Writes,
  tenant: string,
  span: number,
  start: number,
  from: number,
  within: [number, number] | null,
): Promise<void> {
  for (const table of ['acts', 'actors'] as const) {
    const name = indexTable(tx.dialect, table);
    const { key, values } = COUNT_TABLES[table];
    const what = key
      .slice(2)
      .map((column) => `"${column}"`)
      .join(', ');
    const list = values.map((column) => `"${column}"`).join(', ');
    const sums = ['SUM("count")', 'MIN("minSeq")', 'MAX("maxSeq")'].slice(0, values.length).join(', ');
    await tx.run(`DELETE FROM ${name} WHERE "tenant" = ? AND "span" = ? AND "start" = ?`, [
      tenant,
      span,
      start,
    ]);
    await tx.run(
      `INSERT INTO ${name} ("tenant", "span", "start", ${what}, ${list})
         SELECT "tenant", CAST(? AS BIGINT), CAST(? AS BIGINT), ${what}, ${sums} FROM ${name}
         WHERE "tenant" = ? AND "span" = ? ${within === null ? '' : 'AND "start" BETWEEN ? AND ?'}
         GROUP BY "tenant", ${what}`,
      [span, start, tenant, from, ...(within ?? [])],
    );
  }
}

/** Takes the words of deleted entries out, a step's worth of them. */
export async function forgetWords(index: GrowingIndex, seen: IndexState): Promise<void> {
  const to = Math.min(seen.anchor, seen.forgotten + BATCH);
  await ifStill(index, seen, async (tx) => {
    await index.store.forgetDocuments(tx, seen.forgotten + 1, to);
    return { ...seen, forgotten: to };
  });
}
