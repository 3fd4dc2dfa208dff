/**
 * Runs in WhatsApp's page before anything else there, as the library's option `evalOnNewDoc`, and mends what changed
 * in the page under whatsapp-web.js 1.34.7. Numbers are those of github.com/wwebjs/whatsapp-web.js.
 *
 * - Since July 2026 a message key keeps its text in `$1`, a name the minifier gave it, and no longer in
 *   `_serialized` (#201830, #201857). So a message that was delivered came back as `undefined`, an answer lost its
 *   quotation, a reaction went nowhere, and listing chats failed. Keys get their `_serialized` again, in the page and
 *   on their way to Node.
 * - Since September 2026 what the page makes of a file carries an enumerable `__x_id`, which the library copies over
 *   the new message's own id; the page then refuses to send the file (#201921, #201922). It stays, and is no longer
 *   enumerable, so that it is not copied.
 *
 * It waits for the library to set up its `WWebJS` in the page: by then the page's modules are there. A page that
 * needs no mending is left as it is. The function is sent to the page as text: it must need nothing outside itself.
 */
export function whatsAppShim(): void {
  interface Key {
    toString(): string;
  }
  type Fields = Record<string, unknown>;
  type Call = (...args: unknown[]) => unknown;

  const page = globalThis as unknown as { require(name: string): unknown };
  let library: Fields | undefined;
  Object.defineProperty(globalThis, 'WWebJS', {
    configurable: true,
    enumerable: true,
    get: () => library,
    set(value: Fields) {
      library = value;
      for (const mend of [mendKeys, mendMedia]) {
        try {
          mend(value);
        } catch (error) {
          // The library works without this as well as it can.
          console.warn('What changed in the page could not be mended', error);
        }
      }
    },
  });

  function mendKeys(into: Fields): void {
    const MsgKey = page.require('WAWebMsgKey') as { new (): Key; prototype: Key };
    if (/\b_serialized\b/.test(Function.prototype.toString.call(MsgKey.prototype.toString))) return;
    Object.defineProperty(MsgKey.prototype, '_serialized', {
      configurable: true,
      get(this: Key) {
        return this.toString();
      },
    });
    const withText = (key: Key) => ({ ...key, _serialized: key.toString() });
    Object.defineProperty(MsgKey.prototype, 'toJSON', {
      configurable: true,
      value(this: Key) {
        return withText(this);
      },
    });
    // What an evaluation returns to Node is copied field by field; it knows nothing of getters and toJSON.
    const plain = (model: unknown, source: unknown) => {
      if (typeof model !== 'object' || model === null) return model;
      const fields = model as Fields;
      for (const [name, value] of Object.entries(fields)) {
        if (value instanceof MsgKey) fields[name] = withText(value);
      }
      const id = (source as Fields | undefined)?.id;
      if (id instanceof MsgKey) fields.id = { ...(fields.id as object), _serialized: id.toString() };
      return model;
    };
    around(into, 'getMessageModel', (original) => (message) => plain(original(message), message));
    around(into, 'getChatModel', (original) => async (chat, ...rest) => {
      return plain(await original(chat, ...rest), undefined);
    });
  }

  function mendMedia(into: Fields): void {
    around(into, 'processMediaData', (original) => async (...args) => {
      const media = await original(...args);
      const own = Object.getOwnPropertyDescriptor(media, '__x_id');
      if (own?.configurable) Object.defineProperty(media, '__x_id', { ...own, enumerable: false });
      return media;
    });
  }

  /** The library gives its functions one by one, after it has given the object they are in. */
  function around(into: Fields, name: string, change: (original: Call) => Call): void {
    let changed: Call | undefined;
    Object.defineProperty(into, name, {
      configurable: true,
      enumerable: true,
      get: () => changed,
      set: (original: Call) => {
        changed = change(original);
      },
    });
  }
}
