import type { EventContext, Person as RecordedPerson } from '../audit/catalogue/action.js';
import type { BuiltInPayloads } from '../audit/catalogue/catalogue.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { strictly } from '../settings/strictly.js';
import { PrismaWrites } from '../store/prismaWrites.js';
import type { Reads } from '../store/sql.js';
import type { Prisma } from '../store/store.js';
import { actorOf, type ChangeOptions, type Person } from './person.js';
import { readPerson } from './personTable.js';

/** A change that is under way. Everybody else's waits for it, so what is read in it stays true until its end. */
export interface Change {
  readonly tx: Prisma.TransactionClient;
  readonly reads: Reads;
  readonly tenant: string;
  readonly now: number;
  /** Who wants it, as they are now and not as they were when they wrote; null where it is Reeve's own doing. */
  readonly actor: Person | null;
  /** What the payload of every change's event holds. */
  readonly by: {
    readonly performedBy: RecordedPerson;
    readonly reason: string | undefined;
    readonly undoes: number | undefined;
  };
  /** Records what it came to, and says under which number. */
  log<Name extends keyof BuiltInPayloads & string>(
    action: Name,
    payload: BuiltInPayloads[Name],
  ): Promise<number>;
}

/** Runs a change and its events in one transaction, in which the rules are asked. */
export async function change<T>(
  { record, clock }: { readonly record: AuditRecord; readonly clock: Clock },
  { performedBy, reason, undoes }: ChangeOptions,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const { tenant } = record.ledger;
  const { dialect } = record.store;
  return strictly(record, async (tx, log) => {
    const reads = new PrismaWrites(tx, dialect);
    await performedBy?.inside?.(tx);
    const actor =
      performedBy === undefined ? null : await readPerson(reads, tenant, performedBy.person.address);
    const recorded = actor === null ? 'SYSTEM' : recordedActor(actor, performedBy?.person.name);
    const context: EventContext =
      performedBy === undefined
        ? { actorType: 'system', channel: 'system' }
        : { ...performedBy.context, actor: recorded };
    return work({
      tx,
      reads,
      tenant,
      now: clock.now(),
      actor,
      by: { performedBy: recorded, reason, undoes },
      log: async (action, payload) => (await log(action, payload, context)).seq,
    });
  });
}

/** By the name under which they wrote, where none is stored. */
function recordedActor(actor: Person, name: string | null | undefined): RecordedPerson {
  return { ...(name !== null && name !== undefined && { name }), ...actorOf(actor) };
}

/** Somebody a change is made to, found in the record by their address. */
export function recordedTarget({ address, name, role }: Person): RecordedPerson {
  return { phone: address, ...(name !== null && { name }), role };
}
