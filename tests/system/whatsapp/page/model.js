import { Emitter } from './emitter.js';

/**
 * What the site keeps its things in. An attribute `body` lives in `__x_body` behind an accessor, as on the site:
 * it is why a stray `__x_id` among the attributes of a message takes that message's id away.
 */
export class Model extends Emitter {
  #collection = null;

  constructor(attributes) {
    super();
    for (const [name, value] of Object.entries(attributes)) this.#put(name, value);
  }

  get attributes() {
    const own = Object.entries(this).filter(([name]) => name.startsWith('__x_'));
    return Object.fromEntries(own.map(([name, value]) => [name.slice('__x_'.length), value]));
  }

  joins(collection) {
    this.#collection = collection;
  }

  /** Sets attributes, and tells whoever listens to one of them, on the model and on its collection. */
  set(attributes) {
    const changed = Object.entries(attributes).map(([name, value]) => {
      const before = this[name];
      this.#put(name, value);
      return [name, value, before];
    });
    this.#tell('change', this);
    for (const [name, value, before] of changed) this.#tell(`change:${name}`, this, value, before);
  }

  serialize() {
    return { ...this.attributes };
  }

  toJSON() {
    return this.serialize();
  }

  #put(name, value) {
    const bare = name.startsWith('__x_') ? name.slice('__x_'.length) : name;
    this[`__x_${bare}`] = value;
    if (bare in this) return;
    Object.defineProperty(this, bare, {
      get: () => this[`__x_${bare}`],
      set: (next) => {
        this[`__x_${bare}`] = next;
      },
    });
  }

  #tell(name, ...args) {
    this.trigger(name, ...args);
    this.#collection?.trigger(name, ...args);
  }
}
