import OpenAI, { APIConnectionError, APIError } from 'openai';
import { z } from 'zod';
import { boundedFetch } from './boundedFetch.js';
import {
  type Completion,
  type Judgement,
  type Model,
  type ModelCall,
  type Moderator,
  ServiceFailure,
} from './model.js';

export interface EndpointParts {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly moderationModel: string | undefined;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly now: () => number;
}

/** Many times what the longest answer can be. */
const LONGEST_ANSWER_BYTES = 1024 * 1024;

/** The breaker's time limit is the one that counts; this one only keeps a call from being forgotten. */
const LONGEST_CALL_MS = 11 * 60_000;

const LONGEST_REST_MS = 10 * 60_000;

/** What is wrong with the request, and not with the service: another one may well be answered. */
const OWN_FAULT = new Set([400, 413, 422]);

/** Errors before anything was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const tokenCount = z.number().int().min(0).max(1_000_000_000);

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z.array(z.unknown()).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: tokenCount, completion_tokens: tokenCount }).nullish().catch(null),
});

const judgementSchema = z.object({
  results: z
    .array(z.object({ flagged: z.boolean(), category_scores: z.record(z.string(), z.number().nullable()) }))
    .min(1),
});

/** How the limit of an answer is called: older endpoints know the first name only, newer models the second. */
type LimitName = 'max_tokens' | 'max_completion_tokens';

/**
 * Any endpoint that speaks the chat completions protocol. It is asked once: whoever wants an answer again asks
 * again, and pays for it knowingly. Nothing it says about an error goes any further than its status.
 */
export class Endpoint implements Model, Moderator {
  readonly #client: OpenAI;
  readonly #parts: EndpointParts;
  #limitName: LimitName = 'max_tokens';

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    const { baseUrl, apiKey } = parts;
    this.#client = new OpenAI({
      baseURL: baseUrl,
      // It must have one; what is sent is decided below.
      apiKey: 'none',
      // Left out, these would be taken from variables of the environment that belong to other programs.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
      maxRetries: 0,
      timeout: LONGEST_CALL_MS,
      fetch: boundedFetch(LONGEST_ANSWER_BYTES, apiKey),
    });
  }

  async complete(call: ModelCall): Promise<Completion> {
    try {
      return await this.#complete(call);
    } catch (error) {
      if (!(error instanceof APIError)) throw this.#failure(error);
      if (this.#limitName === 'max_tokens' && error.status === 400 && error.param === 'max_tokens') {
        this.#limitName = 'max_completion_tokens';
        return this.complete(call);
      }
      if (!OWN_FAULT.has(error.status)) throw this.#failure(error);
      return { text: '', tokens: { input: 0, output: 0 }, end: 'refused', status: error.status };
    }
  }

  async moderate(text: string, signal: AbortSignal): Promise<Judgement> {
    const { moderationModel: model } = this.#parts;
    try {
      const answer = await this.#client.moderations.create(
        { input: text, ...(model !== undefined && { model }) },
        { signal },
      );
      const [result] = judgementSchema.parse(answer).results;
      const scores = Object.entries(result!.category_scores).flatMap(([name, score]) =>
        score === null ? [] : [[name, score] as const],
      );
      return { isFlagged: result!.flagged, scores: new Map(scores) };
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #complete({ messages, longestAnswer, signal }: ModelCall): Promise<Completion> {
    const answer = await this.#client.chat.completions.create(
      {
        model: this.#parts.model,
        messages: [...messages],
        stream: false,
        [this.#limitName]: longestAnswer,
      },
      { signal },
    );
    const { choices, usage } = answerSchema.parse(answer);
    const { message, finish_reason: reason } = choices[0]!;
    const text = (message.content ?? '').trim();
    const wantsTools = (message.tool_calls ?? []).length > 0;
    return {
      text,
      tokens: usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : null,
      end:
        text === '' && wantsTools
          ? 'tools'
          : reason === 'content_filter'
            ? 'refused'
            : reason === 'length'
              ? 'cut'
              : 'whole',
    };
  }

  #failure(error: unknown): ServiceFailure {
    if (error instanceof APIError && !(error instanceof APIConnectionError) && error.status !== undefined) {
      const retryAfterMs = retryAfter(error.headers?.get('retry-after') ?? null, this.#parts.now());
      return new ServiceFailure({ status: error.status, mayHaveCost: false, retryAfterMs });
    }
    const code =
      codeOf(error) ??
      (error instanceof z.ZodError || error instanceof SyntaxError ? 'BAD_ANSWER' : 'FAILED');
    return new ServiceFailure({ code, mayHaveCost: !NEVER_SENT.has(code) });
  }
}

/** In seconds, or a date; null where it is neither. */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_REST_MS) : null;
}

/** The innermost code: a failed connection is wrapped twice. */
function codeOf(error: unknown): string | null {
  let found: string | null = null;
  let layer = error;
  for (let depth = 0; depth < 8 && typeof layer === 'object' && layer !== null; depth++) {
    const { code, cause } = layer as { code?: unknown; cause?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code)) found = code;
    layer = cause;
  }
  return found;
}
