import { UserError } from '../../../config/userError.js';

/**
 * What is used of a `Client` of whatsapp-web.js, so that a host may hand its own over without this package having
 * to be there for anybody else.
 */
export interface LibraryClient {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...args: unknown[]) => void): unknown;
  initialize(): Promise<void>;
  destroy(): Promise<void>;
  sendMessage(chatId: string, content: unknown, options?: object): Promise<unknown>;
  sendReaction(messageId: string, reaction: string): Promise<unknown>;
  getContactLidAndPhone(ids: string[]): Promise<readonly { readonly pn?: unknown }[]>;
  getState(): Promise<unknown>;
  readonly info?: { readonly wid?: unknown } | undefined;
  readonly pupBrowser?: LibraryBrowser | null | undefined;
  readonly pupPage?: LibraryPage | null | undefined;
}

export interface LibraryBrowser {
  on(event: 'disconnected', listener: () => void): unknown;
  process(): LibraryProcess | null;
}

interface LibraryProcess {
  readonly pid?: number | undefined;
  readonly exitCode?: number | null;
  readonly stdio?: readonly (
    | { on(event: 'error', listener: (error: Error) => void): unknown }
    | null
    | undefined
  )[];
}

export interface LibraryPage {
  on(event: 'error', listener: (error: Error) => void): unknown;
  evaluate<Result>(work: (id: string) => Result, id: string): Promise<Awaited<Result>>;
}

interface LibraryAuth {
  afterBrowserInitialized(): Promise<void>;
  logout(): Promise<void>;
}

/** The library, as far as it is used. */
export interface Library {
  Client: new (options: object) => LibraryClient;
  LocalAuth: new (options: { dataPath: string }) => LibraryAuth;
  MessageMedia: new (mime: string, base64: string, name: string, size: number) => object;
}

/** Loads it, and only then: nobody who works without WhatsApp needs it. */
export async function loadLibrary(): Promise<Library> {
  try {
    // It is no ES module: named imports would type-check, and fail.
    const { default: library } = await import('whatsapp-web.js');
    return library as unknown as Library;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UserError({
      code: 'NO_WHATSAPP_LIBRARY',
      message: 'The package whatsapp-web.js is not installed.',
      hint: 'Install exactly this version; it downloads no browser where PUPPETEER_SKIP_DOWNLOAD is set.',
      example: 'PUPPETEER_SKIP_DOWNLOAD=1 npm install whatsapp-web.js@1.34.7',
    });
  }
}
