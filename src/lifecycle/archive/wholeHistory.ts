/** The archive and the live ledger as one history, for one verdict from the first archived entry on. */
import { readHead } from '../../audit/ledgerRows.js';
import { type Earlier, type VerifyRequest, verifyLedger } from '../../audit/verify/verifyLedger.js';
import { Inspection } from '../../ledger/inspect.js';
import type { Anchor } from '../../ledger/path.js';
import type { ChunkReport, Verdict } from '../../ledger/verify.js';
import type { Archive, Segment } from './archive.js';
import { chainOf } from './chain.js';
import { missingFrom, missingWords } from './missing.js';
import { openSegment } from './segmentFile.js';

const CHUNK = 4096;

export async function verifyWhole(archive: Archive, request: VerifyRequest): Promise<Verdict> {
  const head = await readHead(request.reads, request.tenant);
  const { segments, idle } = chainOf(await archive.segments(), head?.anchor.size ?? 0);
  const notes = idle.map(
    ({ file, from, to }) =>
      `Entries ${from} to ${to} in ${file} are not part of the history: it was left aside.`,
  );
  const [first] = segments;
  const missing = await missingFrom(archive, request.reads, request.tenant);
  const isBeginningMissing = missing.some(([from]) => from < (first?.from ?? Number.POSITIVE_INFINITY));
  if (head === null || (first === undefined && !isBeginningMissing)) {
    const verdict = await verifyLedger(request);
    return {
      ...verdict,
      notes: [`There are no archived entries in ${archive.label}.`, ...notes, ...verdict.notes],
    };
  }
  const anchor = first === undefined || isBeginningMissing ? null : await beginningOf(archive, first);
  const earlier: Earlier = {
    // Where what should come first is not there or cannot be read, all of it is missing.
    anchor: anchor ?? { size: 0, hashes: [] },
    reports: () => reportsOf(archive, segments, request.tenant, notes),
  };
  const verdict = await verifyLedger({ ...request, earlier });
  const archived =
    first === undefined
      ? `There are no archived entries in ${archive.label}.`
      : `Entries ${first.from} to ${segments.at(-1)!.to} were read from ${segments.length} ${
          segments.length === 1 ? 'segment' : 'segments'
        } in ${archive.label}.`;
  return { ...verdict, notes: [archived, ...missing.map(missingWords), ...notes, ...verdict.notes] };
}

/** What came before the first segment; null where that cannot be read. */
async function beginningOf(archive: Archive, { file }: Segment): Promise<Anchor | null> {
  try {
    const { head, lines } = await openSegment(archive.read(file));
    await lines.return(undefined);
    return head.anchor ?? { size: 0, hashes: [] };
  } catch {
    return null;
  }
}

async function* reportsOf(
  archive: Archive,
  segments: readonly Segment[],
  tenant: string,
  notes: string[],
): AsyncGenerator<ChunkReport> {
  let inspection = new Inspection(tenant);
  for (const { file } of segments) {
    try {
      const { lines } = await openSegment(archive.read(file));
      for await (const line of lines) {
        if (line.type === 'entry') inspection.add(line.entry);
        else if (line.type === 'broken-entry') {
          const { seq, why, leaf } = line.broken;
          inspection.addBroken(seq, why, leaf);
        } else if (line.type !== 'unknown') break;
        if (inspection.count < CHUNK) continue;
        yield inspection.report();
        inspection = new Inspection(tenant, inspection.last);
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'damaged';
      notes.push(`The segment ${file} cannot be read to its end (${code}).`);
    }
  }
  if (inspection.count > 0) yield inspection.report();
}
