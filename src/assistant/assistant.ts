import type { Identities } from '../access/identities.js';
import type { Person } from '../access/person.js';
import type { EventContext } from '../audit/catalogue/action.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../config/log.js';
import { BreakerOpen, CallTimedOut } from '../guards/breaker.js';
import type { Breakers } from '../guards/breakers.js';
import { causeOf } from '../guards/cause.js';
import { assistantAnswer } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import { failureKind } from '../store/failure.js';
import { addressesOf } from './addresses.js';
import type { Conversations } from './conversations.js';
import type { Endpoint } from './endpoint.js';
import { type Completion, type Model, type ModelMessage, ServiceFailure } from './model.js';
import { Moderation } from './moderation/moderation.js';
import { NO_RULES, readModerationRules } from './moderation/rules.js';
import type { Notices } from './notices.js';
import { promptOf } from './prompt.js';
import {
  type BudgetNotice,
  type BudgetRefusal,
  Budgets,
  type Reservation,
  type Settled,
} from './usage/budgets.js';
import { mostTokens } from './usage/cost.js';

/** What somebody wants to know, where, and how an event about it is to be recorded. */
export interface Question {
  readonly person: Person;
  readonly chatId: string;
  readonly text: string;
  readonly context: EventContext;
}

/** What came of a question. Whoever asked puts it into words. */
export type Outcome = {
  /** What owners are to be told. */
  readonly notices?: readonly BudgetNotice[];
} & (
  | { readonly kind: 'answered'; readonly text: string; readonly isCut: boolean }
  /** The model said nothing that could be shown: it declined, wanted a tool, or was silent. */
  | { readonly kind: 'nothing'; readonly why: 'refused' | 'tools' | 'empty' }
  | { readonly kind: 'too-long'; readonly bytes: number; readonly most: number }
  | { readonly kind: 'flagged'; readonly category: string; readonly isUndecided: boolean }
  | { readonly kind: 'over-budget'; readonly refusal: BudgetRefusal }
  /** It is not asked at the moment; null: nobody knows until when. */
  | { readonly kind: 'resting'; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly why: 'late' | 'error' | 'closing' }
  /** The database is away: nothing can be counted, so nothing is asked. */
  | { readonly kind: 'away' }
);

export interface AssistantParts {
  readonly config: Pick<Config, 'llm' | 'moderation'>;
  readonly record: AuditRecord;
  readonly settings: Settings;
  readonly breakers: Breakers;
  readonly identities: Pick<Identities, 'lidsOf' | 'phoneOf'>;
  readonly conversations: Conversations;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly log: Log;
  /** Whatever answers instead of the configured endpoint. */
  readonly model?: Model | undefined;
}

/** Of one message. What is longer is no question, and costs. */
const LONGEST_QUESTION = 8192;

/**
 * Answers what is no command. Whoever asks has been let through by the rules about people and limits; here come
 * moderation, the budget and the breaker, each of which can say no, and then one call. It sends the prompt and the
 * person's own words in this chat, and nothing else: no name, no number, nothing that somebody else wrote.
 *
 * No tool is ever offered to the model. See `docs/architecture.md` for where one would be run.
 */
export class Assistant {
  readonly #parts: AssistantParts;
  readonly #prompt: string;
  readonly #model: Model;
  readonly #moderation: Moderation;
  readonly #budgets: Budgets;
  /** Until then the service wants to be left alone. */
  #restUntil = Number.NEGATIVE_INFINITY;

  private constructor(parts: AssistantParts, model: Model, moderation: Moderation) {
    this.#parts = parts;
    this.#model = model;
    this.#moderation = moderation;
    const { config } = parts;
    const { prices, currency, model: name } = config.llm;
    this.#prompt = promptOf(config.llm);
    const price = name === undefined ? undefined : prices.get(name);
    this.#budgets = new Budgets({ ...parts, price, currency });
  }

  /** The assistant that is configured; null where none is. */
  static async open(parts: AssistantParts): Promise<Assistant | null> {
    const { config, breakers, log } = parts;
    const endpoint = await openEndpoint(parts);
    const model = parts.model ?? endpoint;
    if (model === null) return null;
    const { rules, endpoint: asksEndpoint, onFailure } = config.moderation;
    const moderation = new Moderation({
      rules: rules === undefined ? NO_RULES : readModerationRules(rules),
      endpoint:
        asksEndpoint && endpoint !== null
          ? { moderator: endpoint, breaker: breakers.get('moderation') }
          : null,
      onFailure,
      log,
    });
    return new Assistant(parts, model, moderation);
  }

  /** Answers, or says why not. Never throws for what the model or the database does. */
  async answer(question: Question): Promise<Outcome> {
    try {
      return await this.#answer(question);
    } catch (error) {
      if (failureKind(error) !== 'away') throw error;
      return { kind: 'away' };
    }
  }

  async #answer(question: Question): Promise<Outcome> {
    const { settings, identities, conversations, clock } = this.#parts;
    const { person, chatId, text } = question;
    const bytes = Buffer.byteLength(text);
    if (bytes > LONGEST_QUESTION) return { kind: 'too-long', bytes, most: LONGEST_QUESTION };

    const flagged = await this.#moderate(question);
    if (flagged !== null) return flagged;

    const addresses = await addressesOf(person.address, identities);
    const turns = await conversations.recall(addresses, chatId);
    const messages: ModelMessage[] = [
      { role: 'system', content: this.#prompt },
      ...turns.flatMap(({ asked, answered }): ModelMessage[] => [
        { role: 'user', content: asked },
        { role: 'assistant', content: answered },
      ]),
      { role: 'user', content: text },
    ];
    const longestAnswer = settings.get(assistantAnswer);
    const most = { input: mostTokens(messages), output: longestAnswer };
    const reserved = await this.#budgets.reserve(person.address, addresses, most);
    if (!reserved.ok) {
      if (reserved.isInFlight) await this.#recordBusy(question, reserved);
      return { kind: 'over-budget', refusal: reserved, notices: reserved.notices };
    }

    const retryAfterMs = this.#restUntil - clock.now();
    if (retryAfterMs > 0) {
      await this.#settle(reserved, null);
      return { kind: 'resting', retryAfterMs };
    }
    let completion: Completion;
    try {
      completion = await this.#parts.breakers
        .get('llm')
        .run((signal) => this.#model.complete({ messages, longestAnswer, signal }));
    } catch (error) {
      return this.#failed(reserved, error);
    }
    return this.#done(question, reserved, completion);
  }

  async #moderate({ text, person, context }: Question): Promise<Outcome | null> {
    const found = await this.#moderation.judge(text);
    if (found === null) return null;
    const { category, score, rule } = found;
    const event = { phoneNumber: person.address, category, score, rule };
    await this.#parts.record.logger.logModerationFlag(event, context);
    return { kind: 'flagged', category, isUndecided: rule === 'failure' };
  }

  /** What was refused only because others are being answered is a limit, and no breach of the budget. */
  async #recordBusy({ person, context }: Question, { budget }: BudgetRefusal): Promise<void> {
    const event = { phoneNumber: person.address, limit: `budget.${budget}` };
    await this.#parts.record.logger.logRateLimitViolation(event, context);
  }

  async #done(question: Question, reserved: Reservation, completion: Completion): Promise<Outcome> {
    const { person, chatId, text: asked } = question;
    const { text, tokens, end, status } = completion;
    // A name of a model that there is none of looks the same to whoever asks.
    if (status !== undefined) this.#parts.log.warn({ status }, 'the endpoint refused a question');
    // Where nobody counted, rather too much than too little: a token is at least one byte.
    const used = tokens ?? { input: reserved.most.input, output: Buffer.byteLength(text) };
    const { notices, isErased } = await this.#settle(reserved, used);
    // A tool that the model asks for would be run here, by way of the command bus of the chat. None is offered.
    if (end === 'tools') return { kind: 'nothing', why: 'tools', notices };
    if (text === '') return { kind: 'nothing', why: end === 'refused' ? 'refused' : 'empty', notices };
    // What was asked before an erasure is not to be there after it.
    if (isErased) return { kind: 'answered', text, isCut: end === 'cut', notices };
    try {
      await this.#parts.conversations.remember(person.address, chatId, { asked, answered: text });
    } catch (error) {
      // The next answer knows nothing of this one, which is no reason to withhold it.
      this.#parts.log.warn({ cause: causeOf(error) }, 'a turn could not be remembered');
    }
    return { kind: 'answered', text, isCut: end === 'cut', notices };
  }

  async #failed(reserved: Reservation, error: unknown): Promise<Outcome> {
    const { clock, log } = this.#parts;
    if (error instanceof BreakerOpen) {
      const { nextProbeAt } = error;
      const { notices } = await this.#settle(reserved, null);
      const retryAfterMs = nextProbeAt === null ? null : Math.max(0, nextProbeAt - clock.now());
      return { kind: 'resting', retryAfterMs, notices };
    }
    if (error instanceof ServiceFailure && error.retryAfterMs !== null)
      this.#restUntil = clock.now() + error.retryAfterMs;
    log.warn({ cause: causeOf(error) }, 'the assistant could not answer');
    // Nobody knows what a call cost that ended in the middle: it counts as what it could have.
    const isFree = error instanceof ServiceFailure && !error.mayHaveCost;
    const { notices } = await this.#settle(reserved, isFree ? null : reserved.most);
    const isClosing = (error as { code?: unknown }).code === 'SHUTTING_DOWN';
    return {
      kind: 'failed',
      why: isClosing ? 'closing' : error instanceof CallTimedOut ? 'late' : 'error',
      notices,
    };
  }

  /** What cannot be counted now counts later, as what it could have cost. */
  async #settle(
    reserved: Reservation,
    used: { readonly input: number; readonly output: number } | null,
  ): Promise<Settled> {
    try {
      return await this.#budgets.settle(reserved, used);
    } catch (error) {
      this.#parts.log.warn({ cause: causeOf(error) }, 'what a call cost could not be counted yet');
      return { notices: [], isErased: false };
    }
  }
}

/** The endpoint that is configured. Its library is large, and loaded only where there is one. */
async function openEndpoint({ config, clock }: AssistantParts): Promise<Endpoint | null> {
  const { baseUrl, model, apiKey } = config.llm;
  if (baseUrl === undefined || model === undefined) return null;
  const { Endpoint } = await import('./endpoint.js');
  const moderationModel = config.moderation.model;
  return new Endpoint({ baseUrl, model, apiKey, moderationModel, now: () => clock.now() });
}
