import type { Price } from '../../config/kinds.js';
import type { ModelMessage, Tokens } from '../model.js';

const MILLION = 1_000_000n;

/** What tokens cost, in millionths of the currency, rounded up: what nobody paid for must not look free. */
export function costOf({ input, output }: Tokens, price: Price | undefined): number {
  if (price === undefined) return 0;
  const millionths = BigInt(input) * BigInt(price.input) + BigInt(output) * BigInt(price.output);
  return Number((millionths + MILLION - 1n) / MILLION);
}

/** What goes around each message in the model's own notation. */
const AROUND_A_MESSAGE = 16;

/** Never less than what a model counts: a token is at least one byte. */
export function mostTokens(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + AROUND_A_MESSAGE, 0);
}
