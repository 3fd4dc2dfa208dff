import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../config/userError.js';
import { canonicalJson } from '../../ledger/json.js';
import { appendDurably, replaceDurably, syncFolder } from '../../signing/durableFile.js';
import type { Archive, Segment } from './archive.js';

/** Tenants that share a directory must not share a manifest. */
export const archiveFolder = (folder: string, tenant: string): string =>
  tenant === 'default' ? folder : join(folder, tenant);

/** As `segmentName` makes them: a file of the folder itself. */
const NAME = /^[a-z0-9][a-z0-9.-]{0,62}-(\d{12,16})-\d{12,16}\.ndjson\.gz$/;

/** Beside a segment that is put in its place: the line that the manifest gets then. */
const INTENT = '.next';

/** What is written beside a name, and then renamed. Only what is called like a segment is ours. */
const UNFINISHED = /-\d{12,16}\.ndjson\.gz(?:\.next)?\.[0-9a-z.]+\.tmp$/;

/**
 * An archive in a folder, which may be a mounted one. A segment is written beside its name, flushed, read back,
 * renamed, read back once more from where it is now, and only then named in `manifest.ndjson`, of which the last line
 * about a file counts. Before the rename an intent holds that line: so a segment that has taken the place of another one
 * comes to its line also where a kill was in between.
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
    const segments = [...this.#lastLines().values()].filter(isThere);
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
    await this.#finish();
    const path = join(this.#folder, segment.file);
    const temporary = `${path}.${process.pid}.tmp`;
    const intent = path + INTENT;
    const line = `${canonicalJson({ ...segment })}\n`;
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        for await (const piece of bytes) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      // What cannot be read must not take the place of what can.
      await demandSame(path, createReadStream(temporary), segment.sha256);
      replaceDurably(intent, line);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
    syncFolder(this.#folder);
    await demandSame(path, this.read(segment.file), segment.sha256);
    appendDurably(this.#manifest, line);
    await rm(intent, { force: true });
  }

  read(file: string): AsyncIterable<Uint8Array> {
    return createReadStream(join(this.#folder, file));
  }

  async remove(file: string): Promise<void> {
    rmSync(join(this.#folder, file + INTENT), { force: true });
    appendDurably(this.#manifest, `${canonicalJson({ file, removed: true })}\n`);
    rmSync(join(this.#folder, file), { force: true });
    syncFolder(this.#folder);
  }

  async sweep(anchor: number): Promise<string[]> {
    await this.#finish();
    const known = new Set((await this.segments()).map(({ file }) => file));
    const strangers: string[] = [];
    for (const name of this.#names()) {
      const [, first] = NAME.exec(name) ?? [];
      if (first === undefined || known.has(name)) continue;
      if (Number(first) > anchor) rmSync(join(this.#folder, name), { force: true });
      else strangers.push(name);
    }
    syncFolder(this.#folder);
    return strangers;
  }

  /**
   * What a kill has left half-way. A segment that was being put is there where it has come to its place, and else it is
   * as if that had never begun; one that was being removed goes.
   */
  async #finish(): Promise<void> {
    const names = this.#names();
    for (const name of names) {
      const path = join(this.#folder, name);
      const file = name.slice(0, -INTENT.length);
      if (UNFINISHED.test(name)) rmSync(path, { force: true });
      else if (name.endsWith(INTENT) && NAME.test(file)) {
        const meant = parsed(readFileSync(path, 'utf8'));
        if (meant !== null && names.includes(file) && (await this.#isInPlace(file, meant)))
          appendDurably(this.#manifest, `${canonicalJson({ ...meant })}\n`);
        rmSync(path, { force: true });
      }
    }
    const last = this.#lastLines();
    for (const name of names) {
      const line = last.get(name);
      if (line !== undefined && !isThere(line)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  async #isInPlace(file: string, meant: Said): Promise<boolean> {
    return isThere(meant) && meant.file === file && (await sha256Of(this.read(file))) === meant.sha256;
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw error;
    }
  }

  get #manifest(): string {
    return join(this.#folder, 'manifest.ndjson');
  }

  /** What the manifest says of each file, now. */
  #lastLines(): Map<string, Said> {
    const last = new Map<string, Said>();
    if (!existsSync(this.#manifest)) return last;
    const lines = readFileSync(this.#manifest, 'utf8').split('\n');
    // What follows the last line end was left by a kill; its segment is archived again.
    lines.slice(0, -1).forEach((line, index) => {
      const said = parsed(line);
      if (said === null) {
        throw new UserError({
          code: 'ARCHIVE_MANIFEST_DAMAGED',
          message: `Line ${index + 1} of ${this.#manifest} cannot be read.`,
          hint: 'Restore the archive from its backup. The segments beside it can be verified one by one: reeve verify FILE',
        });
      }
      last.set(said.file, said);
    });
    return last;
  }
}

/** A line of the manifest. */
type Said = Segment | { file: string; removed: true };

const isThere = (said: Said): said is Segment => !('removed' in said);

/** Null where it is none. */
function parsed(line: string): Said | null {
  try {
    const said = JSON.parse(line) as Said;
    // Whoever can write into this folder must not have files elsewhere read, replaced or taken away.
    return NAME.test(said.file) ? said : null;
  } catch {
    return null;
  }
}

async function demandSame(path: string, bytes: AsyncIterable<Uint8Array>, sha256: string): Promise<void> {
  if ((await sha256Of(bytes)) === sha256) return;
  throw new UserError({
    code: 'ARCHIVE_NOT_READABLE',
    message: `What was written to ${path} is not what is read from it.`,
    hint: 'Nothing was deleted. Look at the disk, or at what is mounted there.',
  });
}

export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}
