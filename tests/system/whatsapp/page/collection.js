import { Emitter } from './emitter.js';

/** Models by what their id is written as; `get` takes the id or that text. */
export class Collection extends Emitter {
  #models = new Map();

  get(id) {
    return id === undefined ? undefined : this.#models.get(String(id));
  }

  /** Keeps the model without a word, as for what was there before the page was loaded. */
  keep(model) {
    model.joins(this);
    this.#models.set(String(model.id), model);
    return model;
  }

  add(model) {
    this.keep(model);
    this.trigger('add', model);
    return model;
  }

  getModelsArray() {
    return [...this.#models.values()];
  }
}
