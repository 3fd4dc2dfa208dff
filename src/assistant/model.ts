/** One message of what a model is asked. */
export interface ModelMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ModelCall {
  readonly messages: readonly ModelMessage[];
  /** In tokens. */
  readonly longestAnswer: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

export interface Completion {
  /** May be empty. */
  readonly text: string;
  /** As the model counted them; null where it did not. */
  readonly tokens: Tokens | null;
  /**
   * `cut`: it would have been longer. `refused`: the model will not answer this. `tools`: it asks for a tool, which
   * nobody offered.
   */
  readonly end: 'whole' | 'cut' | 'refused' | 'tools';
  /** With which it was not the model but its service that refused. */
  readonly status?: number | undefined;
}

/** Whatever answers: an endpoint, or a function of a host's own. What it throws counts as a failure of its service. */
export interface Model {
  complete(call: ModelCall): Promise<Completion>;
}

/** What a moderation service says of a text. */
export interface Judgement {
  readonly isFlagged: boolean;
  /** From 0 to 1, by the name of the category. */
  readonly scores: ReadonlyMap<string, number>;
}

export interface Moderator {
  moderate(text: string, signal: AbortSignal): Promise<Judgement>;
}

/** The service did not answer as it should. Its words are not kept: they may repeat what was asked. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly status: number | undefined;
  readonly code: string | undefined;
  /** Whether the call may have cost something all the same. */
  readonly mayHaveCost: boolean;
  /** How long the service wants to be left alone; null where it did not say. */
  readonly retryAfterMs: number | null;

  constructor(why: {
    readonly status?: number | undefined;
    readonly code?: string | undefined;
    readonly mayHaveCost: boolean;
    readonly retryAfterMs?: number | null;
  }) {
    super('the service did not answer as it should');
    this.status = why.status;
    this.code = why.code;
    this.mayHaveCost = why.mayHaveCost;
    this.retryAfterMs = why.retryAfterMs ?? null;
  }
}
