/** Reading a segment back, line by line. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { BundleHead } from '../../ledger/bundle.js';
import { type BundleLine, parseHead, parseLine } from '../../ledger/bundleLine.js';
import type { Entry } from '../../ledger/entry.js';
import { UnreadableFile } from '../../ledger/verify.js';
import { linesOf } from '../../ledger/verifyFile.js';

/** What is packed, unpacked. Where it is cut or damaged, reading it fails. */
export function unpacked(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  // Whoever reads on gets the failure; it is told by the iterator as well.
  pipeline(Readable.from(packed), gunzip, () => {});
  return gunzip;
}

export interface SegmentLines {
  head: BundleHead;
  lines: AsyncGenerator<BundleLine>;
}

/** Throws `UnreadableFile` where the first line is not that of a bundle. */
export async function openSegment(packed: AsyncIterable<Uint8Array>): Promise<SegmentLines> {
  const lines = linesOf(unpacked(packed));
  const first = await lines.next();
  if (first.done) throw new UnreadableFile('it is empty');
  const head = parseHead(textOf(first.value));
  if (typeof head === 'string') throw new UnreadableFile(head);
  return { head, lines: parsed(lines) };
}

/** The entries alone; what is none is passed over. */
export async function* segmentEntries(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const { lines } = await openSegment(packed);
  for await (const line of lines) if (line.type === 'entry') yield line.entry;
}

/** Why reading a segment failed, in words; what has nothing to do with the file is thrown. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnreadableFile) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code;
}

async function* parsed(lines: AsyncGenerator<Uint8Array>): AsyncGenerator<BundleLine> {
  for await (const line of lines) yield parseLine(textOf(line));
}

const textOf = (line: Uint8Array): string =>
  Buffer.from(line.buffer, line.byteOffset, line.length).toString();
