import type { Happening } from './connection.js';
import type { WireChange, WireMessage } from './incoming.js';
import type { LibraryClient } from './libraryClient.js';

/** What is shown to whoever links the device. */
export type Pairing = { readonly qr: string } | { readonly code: string };

/** Told what a client of the library does. */
export interface ClientListener {
  happened(happening: Happening): void;
  pairing(shown: Pairing): void;
  message(wire: WireMessage, become?: WireChange): void;
  /** Somebody has another number, or another LID. */
  numbersChanged(): void;
}

export interface Listening {
  /** To be called as soon as the client has its browser; at the latest it is looked for at the next event. */
  browserIsThere(): void;
  stop(): void;
}

/**
 * Listens to a client of the library. It tells neither of a browser that was killed nor of a page that crashed, so its
 * browser is listened to as well, which there is only after a while.
 */
export function listenTo(client: LibraryClient, listener: ClientListener): Listening {
  const happened = (happening: Happening) => listener.happened(happening);
  const message = (wire: unknown, become?: WireChange) => listener.message(wire as WireMessage, become);
  const watched = new WeakSet<object>();
  let isOver = false;
  const watch = (): void => {
    const { pupBrowser, pupPage } = client;
    if (pupBrowser && !watched.has(pupBrowser)) {
      watched.add(pupBrowser);
      pupBrowser.on('disconnected', () => {
        if (!isOver) happened({ kind: 'broken', why: 'the browser is gone' });
      });
    }
    if (pupPage && !watched.has(pupPage)) {
      watched.add(pupPage);
      pupPage.on('error', () => {
        if (!isOver) happened({ kind: 'broken', why: 'the page has crashed' });
      });
    }
  };
  const listeners: Record<string, (...args: unknown[]) => void> = {
    qr: (qr) => {
      happened({ kind: 'pairing' });
      listener.pairing({ qr: String(qr) });
    },
    code: (code) => {
      happened({ kind: 'pairing' });
      listener.pairing({ code: String(code) });
    },
    authenticated: () => happened({ kind: 'authenticated' }),
    loading_screen: () => happened({ kind: 'syncing' }),
    ready: () => happened({ kind: 'ready' }),
    auth_failure: () => happened({ kind: 'refused' }),
    disconnected: (reason) => happened({ kind: 'disconnected', reason: String(reason) }),
    change_state: (state) => happened({ kind: 'wire', state: String(state) }),
    message: (wire) => message(wire),
    message_edit: (wire, text) => message(wire, { change: 'edited', text }),
    message_revoke_everyone: (wire) => message(wire, { change: 'revoked' }),
    contact_changed: () => listener.numbersChanged(),
  };
  const attached = Object.entries(listeners).map(([event, work]) => {
    const attentive = (...args: unknown[]): void => {
      watch();
      if (!isOver) work(...args);
    };
    client.on(event, attentive);
    return () => client.removeListener(event, attentive);
  });
  watch();
  return {
    browserIsThere: watch,
    stop: () => {
      isOver = true;
      for (const detach of attached) detach();
    },
  };
}
