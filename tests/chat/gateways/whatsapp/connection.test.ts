import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Circumstances,
  type Connection,
  firstConnection,
  type Happening,
  nextConnection,
  type Order,
  PATIENCE,
  type SessionEvent,
} from '../../../../src/chat/gateways/whatsapp/connection.js';

/** Drives the machine by hand, time included. */
function machine({ isOurs = true, random = 1 } = {}) {
  let now = 1_000_000;
  const around = (): Circumstances => ({ now, random: () => random, patience: PATIENCE, isOurs });
  let connection: Connection = firstConnection(around());
  const orders: Order[] = [];
  const events: SessionEvent[] = [];
  const happen = (...happenings: Happening[]) => {
    for (const happening of happenings) {
      const step = nextConnection(connection, happening, around());
      connection = step.connection;
      orders.push(...step.orders);
      events.push(...step.events);
    }
    return connection.phase;
  };
  return {
    happen,
    orders,
    events,
    get connection() {
      return connection;
    },
    pass: (ms: number) => {
      now += ms;
    },
    /** Waits until it has lasted too long. */
    sit: () => {
      now = Math.max(now, connection.deadline!);
      return happen({ kind: 'overdue' });
    },
  };
}

const kind = (...kinds: ('pairing' | 'authenticated' | 'syncing' | 'ready' | 'refused')[]): Happening[] =>
  kinds.map((each) => ({ kind: each }));
const disconnected = (reason: string): Happening => ({ kind: 'disconnected', reason });
const broken: Happening = { kind: 'broken', why: 'the browser is gone' };
const ended: Happening = { kind: 'ended' };

describe('the connection', () => {
  test('goes from the start over pairing to ready, and that is linked', () => {
    const { happen, orders, events } = machine();
    expect(kind('pairing', 'authenticated', 'ready').map((one) => happen(one))).toEqual([
      'pairing',
      'authenticated',
      'ready',
    ]);
    expect(orders).toEqual([]);
    expect(events).toEqual(['linked']);
  });

  test('ready without pairing is no news for the record, and ready again is nothing at all', () => {
    const run = machine();
    run.happen(...kind('authenticated', 'ready'));
    const before = run.connection;
    expect(run.happen(...kind('ready', 'authenticated', 'ready'))).toBe('ready');
    expect(run.connection).toEqual(before);
    expect(run.events).toEqual([]);
  });

  test('a lost browser is ended, waited for and started anew', () => {
    const run = machine();
    run.happen(...kind('ready'));
    expect(run.happen(broken)).toBe('lost');
    expect(run.happen(ended)).toBe('backing-off');
    expect(run.sit()).toBe('starting');
    expect(run.orders).toEqual(['end', 'launch']);
    expect(run.happen(...kind('authenticated', 'ready'))).toBe('ready');
    expect(run.connection.why).toBeNull();
  });

  test('waits twice as long each time, up to the cap, and never as long as others', () => {
    const waits = (random: number) => {
      const run = machine({ random });
      return Array.from({ length: 12 }, () => {
        run.happen(broken, ended);
        const wait = run.connection.deadline! - run.connection.since;
        run.sit();
        return wait;
      });
    };
    expect(waits(1).slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits(1).at(-1)).toBe(PATIENCE.longestWaitMs);
    expect(waits(0).slice(0, 3)).toEqual([500, 1_000, 2_000]);
  });

  test('after a long time of being ready, the next loss is a first one again', () => {
    const run = machine();
    for (let loss = 0; loss < 5; loss++) {
      run.happen(broken, ended);
      run.sit();
    }
    run.happen(...kind('ready'));
    run.pass(PATIENCE.steadyMs);
    run.happen(broken);
    expect(run.connection.losses).toBe(1);
  });

  test('each state that can last for ever has its watchdog', () => {
    const stuck: Happening[][] = [[], kind('pairing'), kind('authenticated')];
    for (const happenings of stuck) {
      const run = machine();
      run.happen(...happenings);
      expect(run.sit()).toBe('lost');
      expect(run.orders).toEqual(['end']);
    }
  });

  test('one more picture, or one more step of the synchronisation, gives it more time, but not for ever', () => {
    const run = machine();
    run.happen(...kind('pairing'));
    const first = run.connection.deadline!;
    run.pass(20_000);
    run.happen(...kind('pairing'));
    expect(run.connection.deadline).toBe(first + 20_000);

    run.happen(...kind('authenticated'));
    const since = run.connection.since;
    for (let step = 0; step < 100; step++) {
      run.pass(60_000);
      run.happen(...kind('syncing'));
    }
    expect(run.connection.deadline).toBe(since + PATIENCE.longestSyncMs);
  });

  test('the first step of the synchronisation says that the device is linked', () => {
    for (const before of [kind(), kind('pairing')]) {
      const run = machine();
      expect(run.happen(...before, ...kind('syncing'))).toBe('authenticated');
    }
    const run = machine();
    expect(run.happen(...kind('ready', 'syncing'))).toBe('ready');
  });

  test('when ready it asks the page for a sign of life, again and again; without one it is lost', () => {
    const run = machine();
    run.happen(...kind('ready'));
    run.sit();
    expect(run.orders).toEqual(['ask']);
    expect(run.happen({ kind: 'answered' })).toBe('ready');
    run.sit();
    expect(run.orders).toEqual(['ask', 'ask']);
    expect(run.happen({ kind: 'broken', why: 'the page does not answer' })).toBe('lost');
  });

  test('a page that looks for its connection is ready, but wavers', () => {
    const run = machine();
    run.happen(...kind('ready'), { kind: 'wire', state: 'TIMEOUT' });
    expect(run.connection).toMatchObject({ phase: 'ready', isWavering: true });
    run.happen({ kind: 'wire', state: 'CONNECTED' });
    expect(run.connection.isWavering).toBe(false);
  });

  test('a conflict is in the record, and tried again', () => {
    const run = machine();
    run.happen(...kind('ready'));
    expect(run.happen(disconnected('CONFLICT'))).toBe('lost');
    expect(run.events).toEqual(['session replaced']);
    expect(run.happen(ended)).toBe('backing-off');
  });

  test('a picture where it was ready says that it is unlinked', () => {
    const run = machine();
    run.happen(...kind('ready', 'pairing'));
    expect(run.events).toEqual(['unlinked']);
  });

  test('a logout and a refused session are final, forget the session, and are in the record', () => {
    for (const last of [disconnected('LOGOUT'), kind('refused')[0]!]) {
      const run = machine();
      run.happen(...kind('ready'), last);
      expect(['logged-out', 'refused']).toContain(run.connection.phase);
      expect(run.orders).toEqual(['end', 'forget']);
      expect(run.events).toEqual(['unlinked']);
      const { connection } = run;
      expect(connection.deadline).toBeNull();
      run.happen(ended, broken, ...kind('pairing', 'authenticated', 'ready'), disconnected('LOGOUT'));
      expect(run.connection).toBe(connection);
    }
  });

  test('a reason of unknown words is not repeated', () => {
    const run = machine();
    run.happen(...kind('ready'), disconnected('call +12025550100'));
    expect(run.connection.why).toBe('WhatsApp ended it');
  });

  test("somebody else's browser is only watched", () => {
    const run = machine({ isOurs: false });
    run.happen(...kind('ready'), broken, ended);
    expect(run.connection).toMatchObject({ phase: 'lost', deadline: null });
    expect(run.happen(...kind('authenticated', 'ready'))).toBe('ready');
    expect(run.happen(disconnected('LOGOUT'))).toBe('logged-out');
    expect(run.happen(...kind('pairing'))).toBe('pairing');
    expect(run.orders).toEqual([]);
  });

  test('whatever happens, it is closed by a close, its browser ended, and one that is lost comes back', () => {
    const happening = fc.oneof(
      fc.constantFrom<Happening>(
        ...kind('pairing', 'authenticated', 'syncing', 'ready', 'refused'),
        broken,
        ended,
        { kind: 'answered' },
        { kind: 'overdue' },
        disconnected('CONFLICT'),
        disconnected('UNPAIRED'),
        { kind: 'wire', state: 'TIMEOUT' },
      ),
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const run = machine();
        for (const each of happenings) {
          const before = run.connection.phase;
          run.happen(each);
          const { phase, deadline } = run.connection;
          // Nothing waits for nothing: each state but the last ones has its time, or somebody at work for it.
          if (!['lost', 'refused', 'ready'].includes(phase)) expect(deadline).not.toBeNull();
          if (phase === 'lost' && before !== 'lost') expect(run.orders.at(-1)).toBe('end');
        }
        expect(run.happen({ kind: 'close' })).toBe('closed');
        expect(run.orders.at(-1)).toBe('end');
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
