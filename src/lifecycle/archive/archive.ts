/** Where archived segments are kept: a directory here, anything else by another implementation. */
export interface Archive {
  /** Where it is, in words for people. */
  readonly label: string;
  /** What the manifest says is there, by number. */
  segments(): Promise<Segment[]>;
  /**
   * Keeps a segment, in the place of one of the same name. It is durable and in the manifest when this resolves; a
   * kill before that leaves what the next `put` or `sweep` finishes or undoes. Rejects where what is read back is not
   * what was written.
   */
  put(segment: Segment, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The compressed bytes of a segment. */
  read(file: string): AsyncIterable<Uint8Array>;
  /** Takes a segment away for good. */
  remove(file: string): Promise<void>;
  /**
   * Takes away what a kill has left half-way: files under way, and segments that the manifest does not know and whose
   * entries, all after `anchor`, are still in the ledger. Returns the other segments that it does not know.
   */
  sweep(anchor: number): Promise<string[]>;
}

/** One archived piece of the record: entries `from` … `to` as a bundle, compressed with gzip. */
export interface Segment {
  /** Its name within the archive. */
  file: string;
  origin: string;
  from: number;
  to: number;
  /** When the first and the last of its entries happened, the latest of all for the latter. */
  firstAt: number;
  lastAt: number;
  /** Over the leaves one after another, as RETENTION_PRUNED names it: it stays when entries are erased. */
  leavesSha256: string;
  /** Of the file as it is now. */
  sha256: string;
  bytes: number;
  archivedAt: number;
}

/** By range, so that a folder listing is in order. */
export const segmentName = (tenant: string, from: number, to: number): string =>
  `${tenant}-${padded(from)}-${padded(to)}.ndjson.gz`;

const padded = (seq: number): string => String(seq).padStart(12, '0');
