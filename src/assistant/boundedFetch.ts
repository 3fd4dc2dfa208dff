/** An answer that is longer than anything that was asked for. */
class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly code = 'ANSWER_TOO_LARGE';
}

/** What is sent along, and nothing else. */
const OWN_HEADERS = ['accept', 'content-type'];

/**
 * `fetch` that reads no more than so many bytes of an answer, also of one that was packed, and follows no redirect:
 * what is sent is meant for the configured endpoint and nobody else. Of headers only those go along that the protocol
 * wants, with the key that was configured: the client library would add what it knows of this machine, and whatever
 * another program has put into `OPENAI_CUSTOM_HEADERS`, which may be a key of somebody else's.
 */
export function boundedFetch(most: number, apiKey: string | undefined): typeof fetch {
  return async (input, init) => {
    const given = new Headers(init?.headers);
    const headers = new Headers();
    for (const name of OWN_HEADERS) {
      const value = given.get(name);
      if (value !== null) headers.set(name, value);
    }
    if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`);
    const response = await fetch(input, { ...init, headers, redirect: 'error' });
    if (response.body === null) return response;
    let size = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          size += chunk.byteLength;
          if (size > most) controller.error(new TooLarge());
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText } = response;
    return new Response(counted, { status, statusText, headers: response.headers });
  };
}
