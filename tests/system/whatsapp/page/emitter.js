/** Backbone-like events: several names in one string, handlers called in the order they came. */
export class Emitter {
  #handlers = new Map();

  on(names, handler) {
    for (const name of names.split(' ')) {
      this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler]);
    }
    return this;
  }

  once(name, handler) {
    const first = (...args) => {
      this.off(name, first);
      handler(...args);
    };
    return this.on(name, first);
  }

  off(name, handler) {
    this.#handlers.set(
      name,
      (this.#handlers.get(name) ?? []).filter((other) => other !== handler),
    );
    return this;
  }

  hears(name) {
    return (this.#handlers.get(name) ?? []).length > 0;
  }

  trigger(name, ...args) {
    for (const handler of this.#handlers.get(name) ?? []) handler(...args);
  }
}
