import type { People } from '../access/people.js';
import type { Deliver } from './deliver.js';
import { say, type Text } from './text.js';

export interface OwnersParts {
  readonly people: People;
  readonly deliver: Deliver;
}

/** Tells the owners what they must know and nobody has asked for, each in their direct chat. */
export class Owners {
  readonly #people: People;
  readonly #deliver: Deliver;

  constructor({ people, deliver }: OwnersParts) {
    this.#people = people;
    this.#deliver = deliver;
  }

  /** `what` names it in the record, where it cannot be handed over. Returns how many it was handed over to. */
  async tell(text: Text, what: string): Promise<number> {
    let reached = 0;
    for (const owner of await this.#people.owners())
      if (await this.#deliver.tell(owner.address, text, what)) reached += 1;
    return reached;
  }

  /** The same with words of the program's own. Throws where it reached nobody. */
  async tellWords(words: string, what: string): Promise<void> {
    if ((await this.tell(say`${words}`, what)) === 0) throw new Error(`no owner could be told ${what}`);
  }
}
