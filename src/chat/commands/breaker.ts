import type { BreakerStatus } from '../../guards/breaker.js';
import { named, optional, word } from '../argument.js';
import { type Command, defineCommand } from '../command.js';
import { seconds } from '../permission.js';
import { bold, code, lines, say, type Text } from '../text.js';

const inARow = (failures: number): Text =>
  failures === 1 ? say`1 failure` : say`${failures} failures in a row`;

/** In which state one is, why, and what comes next. */
function statusText({ name, state, failures, cause, isHeld, nextProbeAt }: BreakerStatus, now: number): Text {
  const its = bold(name);
  if (state === 'closed')
    return failures === 0
      ? say`${its} closed`
      : say`${its} closed, ${inARow(failures)} (${cause ?? 'an error'})`;
  const why = isHeld
    ? say`opened by hand (${cause ?? ''})`
    : say`${inARow(failures)} (${cause ?? 'an error'})`;
  if (state === 'half-open') return say`${its} half-open, after ${why}; it is being tried just now`;
  if (nextProbeAt === null) return say`${its} open, ${why}; until somebody resets it`;
  const wait = nextProbeAt - now;
  return say`${its} open, after ${why}; tried again ${wait > 0 ? `in ${seconds(wait)}` : 'with the next call'}`;
}

const list = defineCommand({
  name: 'breaker list',
  aliases: ['breaker'],
  group: 'Order',
  summary: 'Which services outside are asked, and which are left alone because they fail',
  role: 'OPERATOR',
  args: {},
  leaves: 'nothing',
  examples: ['breaker list'],
  handle: async ({ services, now }) => ({
    text: lines(...services.breakers.list().map((status) => statusText(status, now))),
  }),
});

const open = defineCommand({
  name: 'breaker open',
  group: 'Order',
  summary: 'Has a service left alone until somebody resets its breaker',
  role: 'ADMIN',
  args: { name: word(), reason: optional(named()) },
  leaves: { changes: 'CIRCUIT_BREAKER_CHANGE' },
  examples: ['breaker open llm', 'breaker open webhook reason:"they are moving house"'],
  async handle({ services, performer, prefix }, { name, reason }) {
    const { breakers } = services;
    const done = await breakers.open(name, { ...performer, reason: reason ?? undefined });
    const its = breakers.named(name).name;
    return {
      text: lines(
        say`${bold(its)} is open: nothing asks it any more. Case #${done.case}.`,
        say`To close it: ${code(`${prefix}breaker reset ${its}`)}`,
      ),
    };
  },
});

const reset = defineCommand({
  name: 'breaker reset',
  group: 'Order',
  summary: 'Has a service asked again at once',
  role: 'ADMIN',
  args: { name: word(), reason: optional(named()) },
  leaves: { changes: 'CIRCUIT_BREAKER_CHANGE' },
  examples: ['breaker reset llm'],
  async handle({ services, performer }, { name, reason }) {
    const { breakers } = services;
    const done = await breakers.reset(name, { ...performer, reason: reason ?? undefined });
    return { text: say`${bold(breakers.named(name).name)} is closed and asked again. Case #${done.case}.` };
  },
});

export const breakerCommands: readonly Command[] = [list, open, reset];
