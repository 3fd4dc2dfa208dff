/** What the archive should have and has not. */
import { readHead } from '../../audit/ledgerRows.js';
import { joined, type Ranges, without } from '../../ledger/ranges.js';
import type { Reads } from '../../store/sql.js';
import type { Archive } from './archive.js';
import { chainOf } from './chain.js';
import { segmentEntries } from './segmentFile.js';
import { readTaken, type Taken, takenBy } from './taken.js';

/**
 * Entries before the anchor that no segment holds, though the record does not say that they went without being
 * archived, or have expired. Segments taken away from the beginning would look like expired ones otherwise, and all of
 * them like an archive that was never there. What the record says is believed here; whether it is as it was signed is
 * for verification to find.
 */
export async function missingFrom(archive: Archive, reads: Reads, tenant: string): Promise<Ranges> {
  const anchor = (await readHead(reads, tenant))?.anchor.size ?? 0;
  if (anchor === 0) return [];
  const { segments } = chainOf(await archive.segments(), anchor);
  const live = await readTaken(reads, tenant, anchor);
  const there = segments.map(({ from, to }): [number, number] => [from, to]);
  const gone = live.map((taken): [number, number] => [1, goneUpTo(taken)]);
  let missing = without([[1, anchor]], joined([...there, ...gone]));
  // What said so may be archived by now.
  for (const { file } of segments.toReversed()) {
    if (missing.length === 0) break;
    const up = await saidIn(archive, file);
    if (up > 0) missing = without(missing, [[1, up]]);
  }
  return missing;
}

async function saidIn(archive: Archive, file: string): Promise<number> {
  let most = 0;
  try {
    for await (const { public: pub, rest } of segmentEntries(archive.read(file)))
      most = Math.max(most, goneUpTo(takenBy(String(pub.action), rest?.metadata ?? null)));
  } catch {
    // That it cannot be read is told by whoever verifies it; up to there it counts.
  }
  return most;
}

/** Up to where nothing has to be in the archive: what came before entries that were not archived need not be, either. */
const goneUpTo = (taken: Taken | null): number => (taken === null || taken.file !== null ? 0 : taken.to);

export const missingWords = ([from, to]: Ranges[number]): string =>
  `${from === to ? `Entry ${from} is` : `Entries ${from} to ${to} are`} not in the archive, and the record does not say that they expired or went without being archived.`;
