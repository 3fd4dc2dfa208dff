import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Address, addressKind } from '../../../access/address.js';

const schema = z.object({
  isLinked: z.boolean(),
  phone: z.string().nullable(),
  lid: z.string().nullable(),
});

type Known = z.output<typeof schema>;

const NOTHING: Known = { isLinked: false, phone: null, lid: null };

/**
 * Which account the device was linked to when it was last ready: so that another number, or a link that was lost while
 * nobody was there to see it, is noticed. A file beside the session.
 */
export class Account {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get isLinked(): boolean {
    return this.#read().isLinked;
  }

  /** The device is ready as this account. Returns whether it was another one before. */
  became(own: Address | null): boolean {
    const known = this.#read();
    const kind = own === null ? null : addressKind(own);
    // WhatsApp may tell a LID one day and a phone the other; only two of a kind can contradict each other.
    const before = kind === 'phone' || kind === 'lid' ? known[kind] : null;
    const hasChanged = before !== null && before !== own;
    const others = hasChanged ? NOTHING : known;
    this.#write({ ...others, isLinked: true, ...(kind !== null && { [kind]: own }) });
    return hasChanged;
  }

  unlinked(): void {
    this.#write({ ...this.#read(), isLinked: false });
  }

  #read(): Known {
    try {
      return schema.parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return NOTHING;
    }
  }

  #write(known: Known): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(this.#path, `${JSON.stringify(known)}\n`, { mode: 0o600 });
  }
}
