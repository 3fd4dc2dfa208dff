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

  /** `what` names it in the record, where it cannot be handed over. */
  async tell(text: Text, what: string): Promise<void> {
    for (const owner of await this.#people.owners()) await this.#deliver.tell(owner.address, text, what);
  }

  /** The same with words of the program's own. */
  tellWords(words: string, what: string): Promise<void> {
    return this.tell(say`${words}`, what);
  }
}
