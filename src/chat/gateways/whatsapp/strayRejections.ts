/** What the library rejects with where nobody can catch it: in listeners of its own. Two of them are bare texts. */
const TEXTS = ['auth timeout', 'ready timeout'];

const OF_LIBRARY = /[\\/](?:whatsapp-web\.js|puppeteer(?:-core)?)[\\/]/;

/**
 * The library works in listeners that nobody awaits. When the page goes away under them, their rejections would end
 * the process: a logout on the phone while the page cannot load rejects with the text 'auth timeout'. Those are handed
 * to `onStray`; every other rejection ends the process as it would without this. Returns the way to stop.
 */
export function catchStrayRejections(onStray: (reason: unknown) => void, from = process): () => void {
  const listener = (reason: unknown): void => {
    if (isOfLibrary(reason)) onStray(reason);
    // Where this is the only listener, Node would have thrown; with others it is their decision.
    else if (from.listenerCount('unhandledRejection') === 1) throw reason;
  };
  from.on('unhandledRejection', listener);
  return () => void from.off('unhandledRejection', listener);
}

function isOfLibrary(reason: unknown): boolean {
  if (typeof reason === 'string') return TEXTS.includes(reason);
  return reason instanceof Error && OF_LIBRARY.test(reason.stack ?? '');
}
