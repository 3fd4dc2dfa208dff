/** Verifying a file, whatever it is: a bundle, an archive segment (unpacked) or the proof of one entry. */
import { isObject } from './form.js';
import { verifyProof } from './proof.js';
import { UnreadableFile, type Verdict } from './verdict.js';
import { BundleVerification, type FileOptions } from './verifyBundle.js';

/** Nothing that Reeve writes comes near; a file without line feeds must not fill the memory. */
const LINE_MAX = 128 * 1024 * 1024;
const LINE_FEED = 0x0a;
const END_OF_LINE = Buffer.of(LINE_FEED);

/** A proof is a few kilobytes, also when somebody spread it over lines. Packed zeros must not fill the memory. */
const PROOF_MAX = 16 * 1024 * 1024;
const PROOF_LINES_MAX = 200_000;

/**
 * ```ts
 * const verdict = await verifyFile(createReadStream('ledger.ndjson'), { keys, now: Date.now() });
 * ```
 * Throws `UnreadableFile` when it is none of the three.
 */
export async function verifyFile(
  bytes: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  options: FileOptions,
): Promise<Verdict> {
  let bundle: BundleVerification | null = null;
  /** The lines of what is no bundle: a proof may be spread over several. */
  const other: Uint8Array[] = [];
  let length = 0;
  for await (const line of linesOf(bytes)) {
    if (bundle === null && length === 0 && isBundleHead(line)) bundle = new BundleVerification(options);
    if (bundle !== null) bundle.line(line);
    else {
      length += line.length + 1;
      if (length > PROOF_MAX || other.length > PROOF_LINES_MAX) {
        throw new UnreadableFile('it is neither a bundle nor a proof');
      }
      other.push(line, END_OF_LINE);
    }
  }
  return bundle === null ? verifyProof(Buffer.concat(other), options) : bundle.finish();
}

/** A line that means to be the first of a bundle is judged as one, however badly it does. */
function isBundleHead(line: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(line).toString());
    return isObject(value) && value.type === 'ledger';
  } catch {
    return false;
  }
}

/** The lines of a stream without their line feeds; a last one need not end in one. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, start);
      if (end < 0) break;
      const rest = bytes.subarray(start, end);
      yield pieces.length === 0 ? rest : Buffer.concat([...pieces, rest]);
      pieces = [];
      length = 0;
      start = end + 1;
    }
    if (start === bytes.length) continue;
    pieces.push(bytes.subarray(start));
    length += bytes.length - start;
    if (length > LINE_MAX) throw new UnreadableFile('a line of it is longer than 128 MiB');
  }
  if (length > 0) yield Buffer.concat(pieces);
}
