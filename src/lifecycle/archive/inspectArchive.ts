import { UnreadableFile, type VerdictName } from '../../ledger/verify.js';
import { verifyFile } from '../../ledger/verifyFile.js';
import type { VerifierKey } from '../../ledger/vkey.js';
import type { Archive, Segment } from './archive.js';
import { sha256Of } from './directoryArchive.js';
import { unpacked } from './segmentFile.js';

/** How one segment is. */
export interface SegmentReport {
  segment: Segment;
  verdict: VerdictName | 'unreadable';
  isValid: boolean;
  /** What is wrong, or null. */
  why: string | null;
}

/** Each segment by itself: whether it is what the manifest says, and whether what it holds is what was signed. */
export async function* inspectArchive(
  archive: Archive,
  keys: readonly VerifierKey[],
  now: number,
): AsyncGenerator<SegmentReport> {
  for (const segment of await archive.segments()) {
    const { file, from, to } = segment;
    try {
      const verdict = await verifyFile(unpacked(archive.read(file)), { keys, now });
      const isWhole = verdict.from === from && verdict.to === to;
      const isSame = (await sha256Of(archive.read(file))) === segment.sha256;
      const why = !verdict.isValid
        ? (verdict.notes[0] ?? 'it does not verify')
        : !isWhole
          ? `It holds entries ${verdict.from} to ${verdict.to}.`
          : !isSame
            ? 'It is not the file that the manifest names: it was written again.'
            : null;
      yield { segment, verdict: verdict.verdict, isValid: why === null, why };
    } catch (error) {
      const why =
        error instanceof UnreadableFile
          ? error.message
          : ((error as NodeJS.ErrnoException).code ?? 'damaged');
      yield { segment, verdict: 'unreadable', isValid: false, why: `It cannot be read: ${why}.` };
    }
  }
}
