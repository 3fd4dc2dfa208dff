import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../config/userError.js';
import { canonicalJson } from '../../ledger/json.js';
import { appendDurably, syncFolder } from '../../signing/durableFile.js';
import type { Archive, Segment } from './archive.js';

/** Tenants that share a directory must not share a manifest. */
export const archiveFolder = (folder: string, tenant: string): string =>
  tenant === 'default' ? folder : join(folder, tenant);

/** As `segmentName` makes them: a file of the folder itself. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,62}-\d{12,16}-\d{12,16}\.ndjson\.gz$/;

/**
 * An archive in a folder, which may be a mounted one. A segment is written beside its name, flushed, renamed, read
 * back, and only then named in `manifest.ndjson`, of which the last line about a file counts.
 */
export class DirectoryArchive implements Archive {
  readonly label: string;
  readonly #folder: string;
  readonly #origin: string;

  constructor(folder: string, origin: string) {
    this.label = folder;
    this.#folder = folder;
    this.#origin = origin;
  }

  async segments(): Promise<Segment[]> {
    const byFile = new Map<string, Segment>();
    for (const line of this.#manifestLines()) {
      if ('removed' in line) byFile.delete(line.file);
      else byFile.set(line.file, line);
    }
    const segments = [...byFile.values()];
    const other = segments.find(({ origin }) => origin !== this.#origin);
    if (other !== undefined) {
      throw new UserError({
        code: 'ARCHIVE_OF_ANOTHER',
        message: `The archive in ${this.#folder} is of the ledger ${other.origin}, not of ${this.#origin}.`,
        hint: 'Give each ledger a folder of its own.',
        example: 'AUDIT_ARCHIVE_DIR=./archive',
      });
    }
    return segments.sort((a, b) => a.from - b.from || a.to - b.to);
  }

  async put(segment: Segment, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, segment.file);
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        for await (const piece of bytes) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      syncFolder(this.#folder);
    } finally {
      await rm(temporary, { force: true });
    }
    if ((await sha256Of(this.read(segment.file))) !== segment.sha256) {
      throw new UserError({
        code: 'ARCHIVE_NOT_READABLE',
        message: `What was written to ${path} is not what is read from it.`,
        hint: 'Nothing was deleted. Look at the disk, or at what is mounted there.',
      });
    }
    appendDurably(this.#manifest, `${canonicalJson({ ...segment })}\n`);
  }

  read(file: string): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.#folder, file));
  }

  async remove(file: string): Promise<void> {
    appendDurably(this.#manifest, `${canonicalJson({ file, removed: true })}\n`);
    rmSync(join(this.#folder, file), { force: true });
    syncFolder(this.#folder);
  }

  async sweep(anchor: number): Promise<string[]> {
    if (!existsSync(this.#folder)) return [];
    const known = new Set((await this.segments()).map(({ file }) => file));
    const strangers: string[] = [];
    for (const name of readdirSync(this.#folder)) {
      const [, first] = /-(\d{12})-\d{12}\.ndjson\.gz(?:\.\d+\.tmp)?$/.exec(name) ?? [];
      if (first === undefined || known.has(name)) continue;
      if (name.endsWith('.tmp') || Number(first) > anchor) rmSync(join(this.#folder, name), { force: true });
      else strangers.push(name);
    }
    syncFolder(this.#folder);
    return strangers;
  }

  get #manifest(): string {
    return join(this.#folder, 'manifest.ndjson');
  }

  #manifestLines(): (Segment | { file: string; removed: true })[] {
    if (!existsSync(this.#manifest)) return [];
    const lines = readFileSync(this.#manifest, 'utf8').split('\n');
    // What follows the last line end was left by a kill; its segment is archived again.
    return lines.slice(0, -1).map((line, index) => {
      try {
        const said = JSON.parse(line) as Segment;
        // Whoever can write into this folder must not have files elsewhere read, replaced or taken away.
        if (!NAME.test(said.file)) throw new Error('it names no segment');
        return said;
      } catch {
        throw new UserError({
          code: 'ARCHIVE_MANIFEST_DAMAGED',
          message: `Line ${index + 1} of ${this.#manifest} cannot be read.`,
          hint: 'Restore the archive from its backup. The segments beside it can be verified one by one: reeve verify FILE',
        });
      }
    });
  }
}

export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}
