import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from '@jest/globals';

/** What was asked, as it came over the wire. */
export interface LlmRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** What is answered to one request. A function gets the request, and may wait. */
export type LlmAnswer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown }
  /** The request is taken, and nothing comes back. */
  | 'hang'
  /** The line goes dead in the middle of the answer. */
  | 'cut'
  /** An answer that begins well and never ends. */
  | 'endless'
  | ((request: LlmRequest) => LlmAnswer | Promise<LlmAnswer>);

const open = new Set<LlmServer>();

afterEach(async () => {
  const left = [...open];
  open.clear();
  await Promise.all(left.map((server) => server.close()));
});

/**
 * A FAKE of an LLM vendor: a real HTTP server on the loopback that speaks as much of the chat completions and
 * moderations protocol as is needed here. What it cannot show is how any real vendor behaves today.
 */
export class LlmServer {
  readonly requests: LlmRequest[] = [];
  /** Answered to whatever no other answer waits for. */
  byDefault: LlmAnswer = saying('Hello!');
  /** Answered to moderation calls. */
  moderation: LlmAnswer = judging({});
  readonly #answers: LlmAnswer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Closed after the test. */
  static async open(): Promise<LlmServer> {
    const server = new LlmServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    server.#port = (server.#server.address() as AddressInfo).port;
    open.add(server);
    return server;
  }

  /** Known also when it is closed. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1`;
  }

  /** What the next chat completions are answered with, in order. */
  next(...answers: readonly LlmAnswer[]): this {
    this.#answers.push(...answers);
    return this;
  }

  /** The messages of the newest chat completion that was asked for. */
  get lastMessages(): readonly { readonly role: string; readonly content: string }[] {
    const chats = this.requests.filter(({ path }) => path.endsWith('/chat/completions'));
    return chats.at(-1)!.body.messages as { role: string; content: string }[];
  }

  async close(): Promise<void> {
    open.delete(this);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: LlmRequest = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>,
    };
    this.requests.push(request);
    let answer: LlmAnswer = request.path.endsWith('/moderations')
      ? this.moderation
      : (this.#answers.shift() ?? this.byDefault);
    while (typeof answer === 'function') answer = await answer(request);
    if (answer === 'hang') return;
    if (answer === 'cut') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"choices": [');
      setImmediate(() => response.destroy());
      return;
    }
    if (answer === 'endless') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = `"${'x'.repeat(65_536)}",`;
      const more = (): void => {
        if (response.writableEnded || response.destroyed) return;
        if (response.write(chunk)) setImmediate(more);
        else response.once('drain', more);
      };
      response.on('error', () => {});
      response.write('[');
      more();
      return;
    }
    const { status = 200, headers = {}, body } = answer;
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
  }
}

/** A chat completion that says this, and what it used. */
export function saying(
  text: string | null,
  {
    usage = { prompt_tokens: 10, completion_tokens: 5 } as unknown,
    finish = 'stop',
    tools = undefined as unknown,
  } = {},
): LlmAnswer {
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 0,
      model: 'small-model',
      choices: [
        {
          index: 0,
          finish_reason: finish,
          message: { role: 'assistant', content: text, ...(tools !== undefined && { tool_calls: tools }) },
        },
      ],
      ...(usage !== null && { usage }),
    },
  };
}

/** An error as vendors word them; it repeats what was asked, as some do. */
export const failing =
  (status: number, headers: Record<string, string> = {}, error: object = {}): LlmAnswer =>
  (request) => ({
    status,
    headers,
    body: { error: { message: `no: ${JSON.stringify(request.body)}`, type: 'server_error', ...error } },
  });

/** What the moderation call says of a text. */
export function judging(scores: Record<string, number>, isFlagged = false): LlmAnswer {
  const categories = Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, score > 0.5]));
  return {
    body: {
      id: 'modr-1',
      model: 'small-moderation',
      results: [{ flagged: isFlagged, categories, category_scores: scores }],
    },
  };
}
