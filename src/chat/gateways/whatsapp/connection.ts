/**
 * How the connection to WhatsApp goes, as a pure function: what is, what happened, what time it is; out come what is
 * then and what has to be done. Whoever drives it sets one timer, for `deadline`, and says `overdue` when it is over.
 * That one timer is every watchdog there is: each state knows how long it may last.
 */
export type Phase =
  /** The browser is being started and the page loaded. */
  | 'starting'
  /** A QR picture or a code is shown, and nobody has scanned or typed it yet. */
  | 'pairing'
  /** Linked; the page is loading its chats. */
  | 'authenticated'
  | 'ready'
  /** The browser is being ended. */
  | 'lost'
  /** Nothing runs until it is tried again. */
  | 'backing-off'
  /** The phone has unlinked this device. Final. */
  | 'logged-out'
  /** WhatsApp did not accept the stored session. Final. */
  | 'refused'
  | 'closed';

export interface Connection {
  readonly phase: Phase;
  /** What brought it here, in words; null where all goes as it should. */
  readonly why: string | null;
  readonly since: number;
  /** When this has lasted too long, or has been waited for. */
  readonly deadline: number | null;
  /** Losses in a row, none of them after a long time of being ready. */
  readonly losses: number;
  /** Somebody was asked to scan or type in this run. */
  readonly wasPairing: boolean;
  /** The page has no connection to WhatsApp just now, and says that it is making one. */
  readonly isWavering: boolean;
}

export type Happening =
  | { readonly kind: 'pairing' | 'authenticated' | 'syncing' | 'ready' | 'refused' }
  /** The page's own word about its connection. */
  | { readonly kind: 'wire'; readonly state: string }
  /** The library has given up on this run; or the phone has logged this device out. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** The browser is gone, the page crashed or hangs, or the start failed. */
  | { readonly kind: 'broken'; readonly why: string }
  /** The browser has ended, after it was told to. */
  | { readonly kind: 'ended' }
  /** The page has answered when it was asked whether it is there. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'overdue' }
  | { readonly kind: 'close' };

export type Order =
  | 'launch'
  | 'end'
  /** Ask the page for a sign of life; it is `answered`, or `broken`. */
  | 'ask'
  /** Delete the session, once the browser has ended: it is worth nothing any more. */
  | 'forget';

/** What concerns whoever guards the account, and so goes into the record. */
export type SessionEvent = 'linked' | 'unlinked' | 'session replaced';

export interface Step {
  readonly connection: Connection;
  readonly orders: readonly Order[];
  readonly events: readonly SessionEvent[];
}

export interface Patience {
  /** From the start of the browser to the first sign of the page. */
  readonly launchMs: number;
  /** From one QR picture to the next, which WhatsApp makes every 20 to 60 seconds; or from a code to its use. */
  readonly pairMs: number;
  /** From one step of the synchronisation to the next. */
  readonly syncMs: number;
  /** The longest the whole synchronisation may take. */
  readonly longestSyncMs: number;
  /** From one sign of life to the next. */
  readonly beatMs: number;
  /** From the question for one to the answer. */
  readonly answerMs: number;
  readonly shortestWaitMs: number;
  readonly longestWaitMs: number;
  /** Having been ready so long, a loss is the first one again. */
  readonly steadyMs: number;
}

export const PATIENCE: Patience = {
  launchMs: 120_000,
  pairMs: 240_000,
  syncMs: 120_000,
  longestSyncMs: 900_000,
  beatMs: 30_000,
  answerMs: 10_000,
  shortestWaitMs: 1_000,
  longestWaitMs: 300_000,
  steadyMs: 300_000,
};

export interface Circumstances {
  readonly now: number;
  /** From 0 to 1; spreads the waits, so that not all bots come back in the same second. */
  readonly random: () => number;
  readonly patience: Patience;
  /** Whether the browser is ours. Somebody else's is only watched: nothing is started, ended or waited for. */
  readonly isOurs: boolean;
}

export function firstConnection({ now, patience, isOurs }: Circumstances): Connection {
  return {
    phase: 'starting',
    why: null,
    since: now,
    deadline: isOurs ? now + patience.launchMs : null,
    losses: 0,
    wasPairing: false,
    isWavering: false,
  };
}

/** After these nothing happens by itself. */
export const isFinal = ({ phase }: Connection): boolean =>
  phase === 'logged-out' || phase === 'refused' || phase === 'closed';

export function nextConnection(from: Connection, happening: Happening, around: Circumstances): Step {
  if (from.phase === 'closed') return stay(from);
  if (happening.kind === 'close') return to(from, 'closed', around, { orders: around.isOurs ? ['end'] : [] });
  // Somebody else's browser may be linked anew at any time. Ours has been ended.
  if (isFinal(from) && around.isOurs) return stay(from);
  switch (happening.kind) {
    case 'pairing':
      return paired(from, around);
    case 'authenticated':
      // It is said again when the page reloads, which a connection that is ready survives.
      if (from.phase === 'ready' || from.phase === 'authenticated' || isDown(from, around)) return stay(from);
      return to(from, 'authenticated', around, { lastsMs: around.patience.syncMs });
    case 'syncing':
      return from.phase === 'authenticated' ? stillSyncing(from, around) : beganSyncing(from, around);
    case 'ready':
      return becameReady(from, around);
    case 'wire':
      return stay({ ...from, isWavering: from.phase === 'ready' && happening.state !== 'CONNECTED' });
    case 'disconnected':
      return disconnected(from, happening.reason, around);
    case 'refused':
      return to(from, 'refused', around, {
        why: 'WhatsApp did not accept the stored session',
        orders: ['end', 'forget'],
        events: ['unlinked'],
      });
    case 'broken':
      return isDown(from, around) ? stay(from) : lose(from, happening.why, around);
    case 'ended':
      return from.phase === 'lost' && around.isOurs ? backOff(from, around) : stay(from);
    case 'answered':
      return from.phase === 'ready' ? stay(lasting(from, around.patience.beatMs, around)) : stay(from);
    case 'overdue':
      return overdue(from, around);
  }
}

/** No run is under way that what happened could be about. */
const isDown = ({ phase }: Connection, { isOurs }: Circumstances): boolean =>
  isOurs ? phase === 'lost' || phase === 'backing-off' : phase === 'lost';

function paired(from: Connection, around: Circumstances): Step {
  if (isDown(from, around) && around.isOurs) return stay(from);
  const events: SessionEvent[] = from.phase === 'ready' ? ['unlinked'] : [];
  const step = to(from, 'pairing', around, { lastsMs: around.patience.pairMs, events });
  // One more picture is not a new state.
  const since = from.phase === 'pairing' ? from.since : step.connection.since;
  return { ...step, connection: { ...step.connection, since, wasPairing: true } };
}

/** The library says that it is linked only when all is loaded; the first step of that says so before. */
function beganSyncing(from: Connection, around: Circumstances): Step {
  if (from.phase !== 'starting' && from.phase !== 'pairing') return stay(from);
  return to(from, 'authenticated', around, { lastsMs: around.patience.syncMs });
}

function stillSyncing(from: Connection, around: Circumstances): Step {
  const latest = from.since + around.patience.longestSyncMs;
  const { deadline, ...connection } = lasting(from, around.patience.syncMs, around);
  return stay({ ...connection, deadline: deadline === null ? null : Math.min(deadline, latest) });
}

function becameReady(from: Connection, around: Circumstances): Step {
  if (from.phase === 'ready') return stay({ ...from, isWavering: false });
  if (isDown(from, around) && around.isOurs) return stay(from);
  const events: SessionEvent[] = from.wasPairing ? ['linked'] : [];
  const step = to(from, 'ready', around, { lastsMs: around.patience.beatMs, events });
  return { ...step, connection: { ...step.connection, wasPairing: false } };
}

function disconnected(from: Connection, reason: string, around: Circumstances): Step {
  if (reason === 'LOGOUT')
    return to(from, 'logged-out', around, {
      why: 'the phone has logged this device out',
      orders: ['end', 'forget'],
      events: ['unlinked'],
    });
  if (isDown(from, around)) return stay(from);
  const step = lose(from, wordsFor(reason), around);
  return reason === 'CONFLICT' ? { ...step, events: ['session replaced'] } : step;
}

/** The library's words for why, in ours. What else it may say is none that one could do something about. */
function wordsFor(reason: string): string {
  if (reason === 'CONFLICT') return 'another browser has taken the session over';
  if (reason === 'UNPAIRED' || reason === 'UNPAIRED_IDLE')
    return 'WhatsApp says that the device is not linked';
  return /^[A-Z_]{1,40}$/.test(reason) ? `WhatsApp ended the connection: ${reason}` : 'WhatsApp ended it';
}

function overdue(from: Connection, around: Circumstances): Step {
  switch (from.phase) {
    case 'starting':
      return lose(from, 'the page did not come up', around);
    case 'pairing':
      return lose(from, 'nobody has linked the device', around);
    case 'authenticated':
      return lose(from, 'the page never became ready', around);
    case 'ready':
      // The answer moves the deadline. It is not here yet, so the next one would come too early.
      return { connection: { ...from, deadline: null }, orders: ['ask'], events: [] };
    case 'backing-off':
      return to(from, 'starting', around, {
        why: from.why,
        lastsMs: around.patience.launchMs,
        orders: ['launch'],
      });
    default:
      return stay(from);
  }
}

function lose(from: Connection, why: string, around: Circumstances): Step {
  const wasSteady = from.phase === 'ready' && around.now - from.since >= around.patience.steadyMs;
  const losses = wasSteady ? 1 : from.losses + 1;
  const step = to(from, 'lost', around, { why, orders: around.isOurs ? ['end'] : [] });
  return { ...step, connection: { ...step.connection, losses, wasPairing: false } };
}

/** Twice as long each time, up to the cap, and never quite as long as another bot. */
function backOff(from: Connection, around: Circumstances): Step {
  const { shortestWaitMs, longestWaitMs } = around.patience;
  const doubled = Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.min(from.losses - 1, 30));
  const lastsMs = Math.round(doubled * (0.5 + around.random() / 2));
  return to(from, 'backing-off', around, { why: from.why, lastsMs });
}

interface Arrival {
  readonly why?: string | null;
  readonly lastsMs?: number;
  readonly orders?: readonly Order[];
  readonly events?: readonly SessionEvent[];
}

function to(from: Connection, phase: Phase, around: Circumstances, arrival: Arrival = {}): Step {
  const { why = null, lastsMs, orders = [], events = [] } = arrival;
  const connection = { ...from, phase, why, since: around.now, deadline: null, isWavering: false };
  return {
    connection: lastsMs === undefined ? connection : lasting(connection, lastsMs, around),
    orders: around.isOurs ? orders : [],
    events,
  };
}

const lasting = (connection: Connection, ms: number, { now, isOurs }: Circumstances): Connection => ({
  ...connection,
  deadline: isOurs ? now + ms : null,
});

const stay = (connection: Connection): Step => ({ connection, orders: [], events: [] });
