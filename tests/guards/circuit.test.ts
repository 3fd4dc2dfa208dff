import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BreakerRules, Circuit, type Ticket, type Transition } from '../../src/guards/circuit.js';

const RULES: BreakerRules = { failures: 3, pauseMs: 1000 };

function make() {
  const transitions: Transition[] = [];
  return { circuit: new Circuit((transition) => void transitions.push(transition)), transitions };
}

function fail(circuit: Circuit, now: number, times = 1): void {
  for (let n = 0; n < times; n++) circuit.failed(circuit.admit(now, RULES)!, now, 'ECONNREFUSED', RULES);
}

describe('Circuit', () => {
  test('opens after so many failures in a row, and not after as many with a success between', () => {
    const { circuit, transitions } = make();
    fail(circuit, 0, 2);
    circuit.succeeded(circuit.admit(0, RULES)!);
    fail(circuit, 0, 2);
    expect(circuit.state).toBe('closed');
    fail(circuit, 5);
    expect(transitions).toEqual([{ from: 'closed', to: 'open', cause: 'ECONNREFUSED' }]);
    expect(circuit.admit(1004, RULES)).toBeNull();
    expect(circuit.nextProbeAt(RULES)).toBe(1005);
  });

  test('lets one call probe after the pause, and closes when it succeeds', () => {
    const { circuit, transitions } = make();
    fail(circuit, 0, 3);
    const probe = circuit.admit(1000, RULES);
    expect(probe).not.toBeNull();
    expect(circuit.admit(1000, RULES)).toBeNull();
    expect(circuit.state).toBe('half-open');
    circuit.succeeded(probe!);
    expect([circuit.state, circuit.failures, circuit.cause]).toEqual(['closed', 0, null]);
    expect(transitions.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'closed → open',
      'open → half-open',
      'half-open → closed',
    ]);
  });

  test('opens again when the probe fails, for another pause', () => {
    const { circuit } = make();
    fail(circuit, 0, 3);
    fail(circuit, 1500);
    expect([circuit.state, circuit.failures, circuit.nextProbeAt(RULES)]).toEqual(['open', 4, 2500]);
  });

  test('a late answer to a call of before says nothing any more', () => {
    const { circuit } = make();
    const [slow, slower] = [circuit.admit(0, RULES)!, circuit.admit(0, RULES)!];
    fail(circuit, 0, 3);
    circuit.succeeded(slow);
    expect(circuit.state).toBe('open');
    const probe = circuit.admit(1000, RULES)!;
    circuit.failed(slower, 1000, 'late', RULES);
    circuit.succeeded(slower);
    expect(circuit.state).toBe('half-open');
    circuit.succeeded(probe);
    expect(circuit.state).toBe('closed');
  });

  test('held open it stays so, whatever time it is, until it is reset', () => {
    const { circuit, transitions } = make();
    const before = circuit.admit(0, RULES)!;
    circuit.hold(0, 'maintenance');
    expect(circuit.admit(1_000_000, RULES)).toBeNull();
    expect([circuit.isHeld, circuit.cause, circuit.nextProbeAt(RULES)]).toEqual([true, 'maintenance', null]);
    circuit.succeeded(before);
    expect(circuit.state).toBe('open');
    circuit.reset();
    expect([circuit.state, circuit.isHeld, circuit.cause]).toEqual(['closed', false, null]);
    expect(transitions).toEqual([]);
  });

  test('a clock that is put back does not keep it open for long', () => {
    const { circuit } = make();
    fail(circuit, 1_000_000, 3);
    expect(circuit.admit(5, RULES)).not.toBeNull();
  });

  test('a shorter pause counts at once', () => {
    const { circuit } = make();
    fail(circuit, 0, 3);
    expect(circuit.admit(200, RULES)).toBeNull();
    expect(circuit.admit(200, { failures: 3, pauseMs: 100 })).not.toBeNull();
  });
});

type Step = { what: 'call' | 'succeed' | 'fail' | 'hold' | 'reset'; pick: number; pause: number };

test('in whatever order things happen, the states hang together', () => {
  const steps = fc.array(
    fc.record<Step>({
      what: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('call' as const, 'succeed' as const, 'fail' as const) },
        { weight: 1, arbitrary: fc.constantFrom('hold' as const, 'reset' as const) },
      ),
      pick: fc.nat(9),
      pause: fc.oneof(fc.constant(0), fc.nat(600), fc.nat(2000)),
    }),
    { maxLength: 150 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const { circuit, transitions } = make();
      let [now, openedAt, told, byHand] = [0, 0, 0, false];
      let before = circuit.state;
      const underWay: Ticket[] = [];
      for (const { what, pick, pause } of all) {
        now += pause;
        const ticket = underWay.length === 0 ? undefined : underWay[pick % underWay.length];
        byHand = what === 'hold' || what === 'reset';
        if (what === 'call') {
          const given = circuit.admit(now, RULES);
          // Closed lets all through; open none before the pause is over; half-open has its one already.
          if (before === 'closed') expect(given).not.toBeNull();
          if (before === 'half-open' || circuit.isHeld) expect(given).toBeNull();
          if (before === 'open' && !circuit.isHeld)
            expect(given !== null).toBe(now >= openedAt + RULES.pauseMs);
          if (given !== null) underWay.push(given);
        } else if (what === 'hold') circuit.hold(now, 'held');
        else if (what === 'reset') circuit.reset();
        else if (ticket !== undefined) {
          underWay.splice(underWay.indexOf(ticket), 1);
          if (what === 'succeed') circuit.succeeded(ticket);
          else circuit.failed(ticket, now, 'failed', RULES);
        }
        // Every change of state but those by hand is told, once, as what it was.
        const fresh = transitions.slice(told);
        told = transitions.length;
        if (byHand || circuit.state === before) expect(fresh).toEqual([]);
        else expect(fresh).toMatchObject([{ from: before, to: circuit.state }]);
        if (circuit.state === 'open' && (before !== 'open' || what === 'hold')) openedAt = now;
        if (circuit.state === 'closed') expect(circuit.failures).toBeLessThan(RULES.failures);
        if (circuit.state !== 'closed') expect(circuit.cause).not.toBeNull();
        before = circuit.state;
      }
    }),
    { seed: 3, numRuns: 400 },
  );
});
