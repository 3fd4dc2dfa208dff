import type { Clock } from '../../../config/clock.js';
import type { LibraryPage } from './libraryClient.js';
import { within } from './within.js';

export interface GroupNamesParts {
  readonly clock: Clock;
  readonly page: () => LibraryPage | null;
}

const CALL_MS = 3_000;
const KEPT_MS = 3_600_000;
const MOST_KEPT = 1_000;

/**
 * What groups are called. A message does not say, and the library's own way asks for the whole group anew each time;
 * the page knows it already. A name is good to have, so where there is none nothing is said.
 */
export class GroupNames {
  readonly #parts: GroupNamesParts;
  readonly #kept = new Map<string, { readonly name: string | undefined; readonly at: number }>();

  constructor(parts: GroupNamesParts) {
    this.#parts = parts;
  }

  async of(wid: string): Promise<string | undefined> {
    const { clock, page: current } = this.#parts;
    const kept = this.#kept.get(wid);
    if (kept !== undefined && clock.now() - kept.at < KEPT_MS) return kept.name;
    const page = current();
    if (page === null) return kept?.name;
    const found = await within(clock, CALL_MS, 'a name', () => page.evaluate(nameInPage, wid)).catch(
      () => kept?.name,
    );
    const name = typeof found === 'string' && found !== '' ? found : undefined;
    this.#kept.delete(wid);
    this.#kept.set(wid, { name, at: clock.now() });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return name;
  }
}

interface PageModules {
  require(name: 'WAWebWidFactory'): { createWid(id: string): unknown };
  require(name: 'WAWebCollections'): {
    Chat: { get(wid: unknown): { formattedTitle?: unknown } | undefined };
  };
}

/** Runs in the page, so it uses nothing from here. */
function nameInPage(id: string): unknown {
  const page = globalThis as unknown as PageModules;
  const wid = page.require('WAWebWidFactory').createWid(id);
  return page.require('WAWebCollections').Chat.get(wid)?.formattedTitle;
}
