/** An answer that is longer than anything that was asked for. */
class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly code = 'ANSWER_TOO_LARGE';
}

/**
 * `fetch` that reads no more than so many bytes of an answer, also of one that was packed, and follows no redirect:
 * what is sent is meant for the configured endpoint and nobody else.
 */
export function boundedFetch(most: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
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
    const { status, statusText, headers } = response;
    return new Response(counted, { status, statusText, headers });
  };
}
