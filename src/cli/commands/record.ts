import type { Fate } from '../../audit/writer/fate.js';
import type { Reeve } from '../../compose.js';
import { UserError } from '../../config/userError.js';
import { amount } from '../amount.js';
import { numberOption } from '../arguments.js';
import { type CliCommand, type ExitStatus, FAILED, FINDING, OK } from '../command.js';
import { readEvent } from '../intake/event.js';
import { type Line, LONGEST_LINE, readLines } from '../intake/lines.js';
import { type Terminal, writeTo } from '../terminal.js';

/** Events under way at once. More would only make the receipts later. */
const AHEAD = 2000;

/** One line's answer, or why there is none. */
type Answer =
  | { receipt: { seq: number; id: string } }
  | { error: { code: string; message: string; line: number } };

export const record: CliCommand = {
  name: 'record',
  summary: 'Record events given as JSON lines on standard input',
  words: '',
  wordCount: [0, 0],
  options: [
    {
      name: 'wait',
      value: 'SECONDS',
      help: 'how long to wait at the end for a database that went away (default 60)',
    },
  ],
  details: `Each line is one event: an action of the catalogue and any private field of the ledger format by its
name, actorType, outcome, channel, and at (milliseconds, default now) and id (a UUID, default random; an id
that is in the ledger already gets its first receipt again and writes nothing). A user has an actorPhone:
E.164, lid:DIGITS, console:local or SYSTEM.

For each line, in order, one line comes back, as soon as the event is durable: {"seq":1,"id":"…"}. A bad line
gets {"error":{"code","message","line"}}, stops nothing else, and makes the exit status 1.`,
  examples: [
    `echo '{"action":"ROLE_CHANGE","actorPhone":"+12025550100","entityId":"u1","before":{"role":"USER"},"after":{"role":"ADMIN"}}' | reeve record`,
    'reeve record < events.ndjson > receipts.ndjson',
  ],
  async run({ args, config, terminal }) {
    const waitMs =
      numberOption(args, 'wait', {
        least: 0,
        most: 86_400,
        otherwise: 60,
        example: 'reeve record --wait 60 < events.ndjson',
      }) * 1000;
    const { openReeve } = await import('../../compose.js');
    const reeve = await openReeve({ config: config() });
    const stop = terminal.onSignal(() => terminal.stdin.destroy());
    try {
      return await recordAll(reeve, terminal, waitMs);
    } finally {
      stop();
      await reeve.close();
    }
  },
};

/** A line's place in the row of answers. */
interface Slot {
  answer: Answer | null;
  done: Promise<void>;
}

async function recordAll(reeve: Reeve, terminal: Terminal, waitMs: number): Promise<ExitStatus> {
  const slots: Slot[] = [];
  let status: ExitStatus = OK;
  let ended = false;
  let wake = (): void => {};
  let room = (): void => {};

  const print = async (): Promise<void> => {
    for (;;) {
      const [first] = slots;
      if (first === undefined) {
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await first.done;
      // What is settled by now goes out in one write.
      let text = '';
      for (let answer = slots[0]?.answer ?? null; answer !== null; answer = slots[0]?.answer ?? null) {
        slots.shift();
        if ('error' in answer) status = FINDING;
        text += `${JSON.stringify('error' in answer ? answer : answer.receipt)}\n`;
      }
      room();
      await writeTo(terminal.stdout, text);
    }
  };

  const printing = print();
  // Whoever read the receipts has gone: then nothing more is taken in either.
  printing.catch(() => {
    terminal.stdin.destroy();
    room();
  });
  try {
    for await (const lines of readLines(terminal.stdin)) {
      for (const line of lines) slots.push(slotOf(recordLine(reeve, line)));
      wake();
      while (slots.length >= AHEAD && !terminal.stdin.destroyed) {
        await new Promise<void>((resolve) => {
          room = resolve;
        });
      }
    }
  } catch (error) {
    // A signal closes standard input: what was read until then is still recorded.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  ended = true;
  wake();
  return (await inTime(printing, waitMs, reeve, terminal)) ? status : FAILED;
}

function slotOf(answer: Promise<Answer>): Slot {
  const slot: Slot = { answer: null, done: Promise.resolve() };
  slot.done = answer.then((given) => {
    slot.answer = given;
  });
  // Whoever prints sees the failure in its turn.
  slot.done.catch(() => {});
  return slot;
}

async function recordLine(reeve: Reeve, line: Line): Promise<Answer> {
  const refuse = (code: string, message: string): Answer => ({ error: { code, message, line: line.number } });
  if ('tooLong' in line) return refuse('TOO_LONG', `The line is longer than ${LONGEST_LINE} bytes.`);
  let fate: Fate;
  try {
    const { action, content } = readEvent(line.text, reeve.record.catalogue, Date.now());
    fate = await reeve.record.write(action, content);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const parts = [error.message, error.hint, error.example && `For example: ${error.example}`];
    return refuse(error.code, parts.filter(Boolean).join(' '));
  }
  if (fate.status === 'shed') return refuse('SHED', `The event was not kept: ${fate.reason}.`);
  if (fate.status === 'committed') return { receipt: { seq: fate.seq, id: fate.id } };
  try {
    const { seq, id } = await fate.committed;
    return { receipt: { seq, id } };
  } catch (error) {
    return refuse(
      'REFUSED',
      error instanceof Error ? `The event was not kept: ${error.message}.` : 'refused',
    );
  }
}

/** True when all answers are out. False when the database stayed away: then the spool keeps the rest. */
async function inTime(
  printing: Promise<void>,
  waitMs: number,
  reeve: Reeve,
  terminal: Terminal,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let notice: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), waitMs);
  });
  notice = setInterval(() => {
    const { spooled, why } = reeve.record.status();
    if (spooled > 0)
      terminal.stderr.write(
        `Waiting for the database: ${amount(spooled, 'event', 'events')} in the spool (${why}).\n`,
      );
  }, 5000);
  try {
    const done = await Promise.race([printing.then(() => true as const), late]);
    if (!done) {
      const { spooled, shed, why } = reeve.record.status();
      const lost = shed === 0 ? '' : ` ${shed} could not be kept.`;
      terminal.stderr.write(
        `The database is still away (${why}). In the spool, to be recorded at the next start: ${amount(spooled, 'event', 'events')}.${lost}\n`,
      );
    }
    return done;
  } finally {
    clearTimeout(timer);
    clearInterval(notice);
  }
}
