/** One step's segment on its way into the archive: written here, verified, kept there, read back. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import { type Archive, type Segment, segmentName } from '../archive/archive.js';
import { sha256Of } from '../archive/directoryArchive.js';
import type { Examined } from './examination.js';
import { RetentionRefusal } from './outcome.js';

/** Where a tenant's segments are made. What a kill has left there is of no use, and holds what is in the entries. */
export const segmentsInTheMaking = (dataDir: string, tenant: string): string =>
  join(dataDir, 'archiving', tenant);

export interface SegmentsParts {
  archive: Archive;
  dataDir: string;
  clock: Clock;
  ledger: { tenant: string; origin: string };
  /** Examines the step's entries, and writes its segment where a path is given. */
  look(segmentPath: string | null): Promise<Examined>;
  step: { from: number; to: number };
}

export class Segments {
  readonly file: string;
  readonly #parts: SegmentsParts;
  /** Whatever the archive is, the segment is made on a disk of this machine first. */
  readonly #onTheWay: string;

  constructor(parts: SegmentsParts) {
    const { ledger, step, dataDir } = parts;
    this.#parts = parts;
    this.file = segmentName(ledger.tenant, step.from, step.to);
    this.#onTheWay = join(segmentsInTheMaking(dataDir, ledger.tenant), this.file);
  }

  /** Sees to it that the segment is in the archive. A run that was killed may have done so already. */
  async keep(isChanged: boolean): Promise<{ examined: Examined; isNew: boolean }> {
    const known = isChanged ? null : await this.#known();
    if (known !== null) {
      const examined = await this.#parts.look(null);
      if (known.leavesSha256 === examined.leavesSha256) return { examined, isNew: false };
    }
    return { examined: await this.seal(), isNew: true };
  }

  /** Writes it, anew where it is there. */
  async seal(): Promise<Examined> {
    const { archive, look, clock, ledger } = this.#parts;
    try {
      const examined = await look(this.#onTheWay);
      const { from, to, firstAt, lastAt, leavesSha256, segment } = examined;
      if (segment === null) throw new Error('no segment was written');
      const { sha256, bytes } = segment;
      const entry: Segment = {
        file: this.file,
        origin: ledger.origin,
        from,
        to,
        firstAt,
        lastAt,
        leavesSha256,
        sha256,
        bytes,
        archivedAt: clock.now(),
      };
      await archive.put(entry, createReadStream(this.#onTheWay));
      return examined;
    } catch (error) {
      throw error instanceof RetentionRefusal ? error : archiveFailed(error);
    } finally {
      await rm(this.#onTheWay, { force: true }).catch(() => {});
    }
  }

  /** What the manifest says of it, where that is what lies there. */
  async #known(): Promise<Segment | null> {
    const { archive } = this.#parts;
    try {
      const known = (await archive.segments()).find(({ file }) => file === this.file);
      if (known === undefined) return null;
      return (await sha256Of(archive.read(this.file))) === known.sha256 ? known : null;
    } catch (error) {
      if (error instanceof UserError) throw archiveFailed(error);
      return null;
    }
  }
}

/** Takes away what a kill has left in the archive. */
export async function sweepArchive(archive: Archive, anchor: number): Promise<void> {
  try {
    await archive.sweep(anchor);
  } catch (error) {
    throw archiveFailed(error);
  }
}

function archiveFailed(error: unknown): RetentionRefusal {
  if (error instanceof UserError) return new RetentionRefusal('ARCHIVE_FAILED', error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  return new RetentionRefusal('ARCHIVE_FAILED', `${code ?? message}.`);
}
