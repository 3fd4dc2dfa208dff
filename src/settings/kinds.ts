import { z } from 'zod';
import type { Kind } from '../config/kinds.js';
import { microsFrom } from '../config/money.js';
import { durationFrom, durationText } from './duration.js';
import { MOST_A_SECOND, type Rate, rateFrom, rateProblem } from './rate.js';

/** Kinds of value that settings have and the environment has not. */

/** A time with its unit, in milliseconds once it is read. */
export function duration(from: number, to: number): Kind<number> {
  const rule = `a time from ${durationText(from)} to ${durationText(to)}, with ms, s, m, h or d`;
  const schema = z.string().transform((text, context): number => {
    const ms = durationFrom(text);
    if (ms !== null && ms >= from && ms <= to) return ms;
    const problem =
      ms === null ? 'it is not a number and a unit' : ms < from ? 'it is too short' : 'it is too long';
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });
  return { rule, schema };
}

/** How often something may be done, or null for as often as somebody likes. */
export const rate: Kind<Rate | null> = {
  rule: `how many in how long, at most ${MOST_A_SECOND} a second, with how many at once; or off`,
  schema: z.string().transform((text, context): Rate | null => {
    if (/^\s*off\s*$/i.test(text)) return null;
    const read = rateFrom(text);
    const problem = read === null ? 'it cannot be read as a rate' : rateProblem(read);
    if (problem === null) return read;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  }),
};

/** An amount of money, in millionths once it is read. */
export const money: Kind<number> = {
  rule: 'an amount from 0 to 9999999, with at most six decimals',
  schema: z.string().transform((text, context): number => {
    const micros = microsFrom(text);
    if (micros !== null) return micros;
    context.addIssue({ code: 'custom', message: 'it cannot be read as an amount' });
    return z.NEVER;
  }),
};

/** The same kind, or null, which is written `none`. */
export function orNone<T>({ rule, schema }: Kind<T>): Kind<T | null> {
  const none = z
    .string()
    .regex(/^\s*none\s*$/i)
    .transform(() => null);
  return {
    rule: `${rule}, or none`,
    schema: z.string().transform((text, context): T | null => {
      if (none.safeParse(text).success) return null;
      const read = schema.safeParse(text);
      if (read.success) return read.data;
      context.addIssue({ code: 'custom', message: read.error.issues[0]?.message ?? 'it cannot be read' });
      return z.NEVER;
    }),
  };
}
