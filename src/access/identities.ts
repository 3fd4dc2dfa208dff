import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { UserError } from '../config/userError.js';
import type { Reads } from '../store/sql.js';
import { type Address, addressKind } from './address.js';
import { type Change, change, recordedTarget } from './change.js';
import type { ChangeOptions, Person } from './person.js';
import { readPerson } from './personTable.js';
import { standingRefusal } from './rules.js';
import { writePerson } from './writePerson.js';

export interface IdentitiesParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
}

/** What a change of a link came to. */
export interface LinkChange {
  /** The number of its event. */
  readonly case: number;
  /** The phone whose person the LID was, and is now; null where it was nobody's. */
  readonly before: Address | null;
  readonly after: Address | null;
}

export interface LinkChangeOptions extends ChangeOptions {
  /** Only if the LID is still this phone's, or nobody's. */
  readonly from?: Address | null | undefined;
}

interface Link {
  readonly phone: Address;
  readonly isTrusted: boolean;
}

/** Other processes link as well: what is remembered is asked for again after this. */
const REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 5000;

/**
 * Which LID belongs to which phone. WhatsApp's word is trusted where it is the first about both of them; where it
 * contradicts what was known, the LID is a person of its own until an OWNER links it. Powers never follow a link
 * that changed, but restrictions do: whoever was deactivated stays so under the LID and under the phone.
 */
export class Identities {
  readonly #parts: IdentitiesParts;
  readonly #remembered = new Map<Address, { link: Link | null; at: number }>();

  constructor(parts: IdentitiesParts) {
    this.#parts = parts;
  }

  /** An OWNER says whose a LID is. It is the phone's person from then on. */
  async link(
    lid: Address,
    phone: Address,
    { from, ...options }: LinkChangeOptions = {},
  ): Promise<LinkChange> {
    if (addressKind(lid) !== 'lid' || addressKind(phone) !== 'phone') throw new UserError(NOT_A_LINK);
    return this.#change(lid, options, async (under) => {
      const { reads, tenant } = under;
      const known = await readLink(reads, tenant, lid);
      const before = known?.isTrusted ? known.phone : null;
      if (from !== undefined && before !== from) throw new UserError(LINKED_OTHERWISE);
      if (before === phone) throw new UserError(ALREADY_LINKED);
      const [own, person] = [await ownPerson(under, lid), await readPerson(reads, tenant, phone)];
      if (!own.isActive && person.isActive) throw new UserError(LID_DEACTIVATED);
      await writeLink(under, lid, { phone, isTrusted: true });
      const event = { ...under.by, lid, oldPhone: before, newPhone: phone };
      return { case: await under.log('IDENTITY_LINK_CHANGE', event), before, after: phone };
    });
  }

  /** Takes a link back. That WhatsApp says the same again does not bring it back; an OWNER can. */
  async unlink(lid: Address, { from, ...options }: LinkChangeOptions = {}): Promise<LinkChange> {
    if (addressKind(lid) !== 'lid') throw new UserError(NOT_A_LINK);
    return this.#change(lid, options, async (under) => {
      const known = await readLink(under.reads, under.tenant, lid);
      const before = known?.isTrusted ? known.phone : null;
      if (from !== undefined && before !== from) throw new UserError(LINKED_OTHERWISE);
      if (!known?.isTrusted) throw new UserError(NOT_LINKED);
      await writeLink(under, lid, { phone: known.phone, isTrusted: false });
      const event = { ...under.by, lid, oldPhone: known.phone, newPhone: null };
      return { case: await under.log('IDENTITY_LINK_CHANGE', event), before: known.phone, after: null };
    });
  }

  /**
   * What a gateway came to know. `changed`: it contradicts what was known of the LID or of the phone, or would carry
   * a restriction to somebody with a role, so it is kept and recorded, but not trusted.
   */
  async learned(lid: Address, phone: Address): Promise<'known' | 'new' | 'changed'> {
    if (addressKind(lid) !== 'lid' || addressKind(phone) !== 'phone') throw new UserError(NOT_A_LINK);
    if ((await this.#find(lid))?.phone === phone) return 'known';
    try {
      return await change(this.#parts, {}, (under) => learn(under, lid, phone));
    } finally {
      this.#remembered.delete(lid);
    }
  }

  /** Whose a LID is, as far as that is trusted. */
  async phoneOf(lid: Address): Promise<Address | null> {
    const link = await this.#find(lid);
    return link?.isTrusted ? link.phone : null;
  }

  /** The LIDs of a phone, as far as they are trusted. */
  async lidsOf(phone: Address): Promise<Address[]> {
    const { store, ledger } = this.#parts.record;
    return readLids(store.read, ledger.tenant, phone);
  }

  /** No link from or to them is remembered any more. */
  forget(addresses: readonly Address[]): void {
    for (const [lid, { link }] of this.#remembered)
      if (addresses.includes(lid) || (link !== null && addresses.includes(link.phone)))
        this.#remembered.delete(lid);
  }

  async #find(lid: Address): Promise<Link | null> {
    const { record, clock } = this.#parts;
    const known = this.#remembered.get(lid);
    const age = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.at;
    if (known !== undefined && age >= 0 && age < REMEMBERED_MS) return known.link;
    const link = await readLink(record.store.read, record.ledger.tenant, lid);
    this.#remembered.delete(lid);
    this.#remembered.set(lid, { link, at: clock.now() });
    if (this.#remembered.size > MOST_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    return link;
  }

  async #change(
    lid: Address,
    options: ChangeOptions,
    work: (under: Change) => Promise<LinkChange>,
  ): Promise<LinkChange> {
    try {
      return await change(this.#parts, options, async (under) => {
        const refusal = under.actor === null ? null : standingRefusal(under.actor, 'links LIDs', 'OWNER');
        if (refusal !== null) throw refusal;
        return work(under);
      });
    } finally {
      this.#remembered.delete(lid);
    }
  }
}

async function learn(under: Change, lid: Address, phone: Address): Promise<'known' | 'new' | 'changed'> {
  const { reads, tenant } = under;
  const known = await readLink(reads, tenant, lid);
  if (known?.phone === phone) return 'known';
  const [before, person] = [await readPerson(reads, tenant, lid), await readPerson(reads, tenant, phone)];
  const contradicts = known !== null || (await readLids(reads, tenant, phone)).length > 0;
  // An ADMIN who deactivates a LID nobody knows must not have deactivated an OWNER by it.
  const wouldSpread = !before.isActive && person.isActive && person.role !== 'USER';
  if (!contradicts && !wouldSpread) {
    await writeLink(under, lid, { phone, isTrusted: true });
    if (!before.isActive)
      await deactivate(under, person, 'Its LID was deactivated before the phone was known');
    if (before.isListed) await enlist(under, person);
    return 'new';
  }
  await writeLink(under, lid, { phone, isTrusted: false });
  await under.log('IDENTITY_LINK_CHANGE', {
    ...under.by,
    lid,
    oldPhone: known?.phone ?? null,
    newPhone: phone,
    reason: contradicts
      ? 'WhatsApp says otherwise than before: the LID is a person of its own until an OWNER links it'
      : 'The LID is deactivated and the phone has a role: not the same person until an OWNER links them',
  });
  if (!before.isActive || !person.isActive)
    await deactivate(under, await ownPerson(under, lid), 'One of the two that were linked is deactivated');
  return 'changed';
}

async function deactivate(under: Change, target: Person, reason: string): Promise<void> {
  if (!target.isActive) return;
  const after = await writePerson(under, target.address, { active: false });
  const event = { ...under.by, targetUser: recordedTarget(after), active: false, reason };
  await under.log('USER_ACTIVATION_CHANGE', event);
}

async function enlist(under: Change, target: Person): Promise<void> {
  if (target.isListed) return;
  const after = await writePerson(under, target.address, { listed: true });
  await under.log('WHITELIST_CHANGE', {
    ...under.by,
    change: 'added',
    targetUser: recordedTarget(after),
    reason: 'Its LID was on the whitelist before the phone was known',
  });
}

/** A LID as what it is without any link. */
async function ownPerson({ tx, tenant }: Change, lid: Address): Promise<Person> {
  const row = await tx.user.findUnique({ where: { tenant_address: { tenant, address: lid } } });
  const { id = null, name = null, active = true, listed = false } = row ?? {};
  return { id, address: lid, name, role: 'USER', isActive: active, isListed: listed };
}

async function writeLink({ tx, tenant, now }: Change, lid: Address, link: Link): Promise<void> {
  const news = { phone: link.phone, trusted: link.isTrusted, learnedAt: BigInt(now) };
  const where = { tenant_lid: { tenant, lid } };
  await tx.lidLink.upsert({ where, create: { tenant, lid, ...news }, update: news });
}

async function readLink(reads: Reads, tenant: string, lid: Address): Promise<Link | null> {
  const row = await reads.get<{ phone: Address; trusted: number | boolean }>(
    `SELECT "phone", "trusted" FROM "LidLink" WHERE "tenant" = ? AND "lid" = ?`,
    [tenant, lid],
  );
  return row === undefined ? null : { phone: row.phone, isTrusted: Boolean(row.trusted) };
}

async function readLids(reads: Reads, tenant: string, phone: Address): Promise<Address[]> {
  const rows = await reads.all<{ lid: Address }>(
    `SELECT "lid" FROM "LidLink" WHERE "tenant" = ? AND "phone" = ? AND "trusted" ORDER BY "lid"`,
    [tenant, phone],
  );
  return rows.map(({ lid }) => lid);
}

const NOT_A_LINK = {
  code: 'NOT_A_LINK',
  message: 'A link goes from a LID to a phone number.',
  hint: 'Write the LID as lid: and its digits, and the phone with its country code.',
  example: 'role link lid:100200300 +12025550100',
};

const ALREADY_LINKED = {
  code: 'ALREADY_SO',
  message: 'This LID belongs to that phone already, so nothing was changed.',
};

const NOT_LINKED = {
  code: 'ALREADY_SO',
  message: 'This LID belongs to no phone, so nothing was changed.',
};

const LINKED_OTHERWISE = {
  code: 'MOVED_ON',
  message: 'This LID is linked otherwise by now, so nothing was changed.',
  hint: 'Look once more, and decide again.',
  example: 'role show lid:100200300',
};

const LID_DEACTIVATED = {
  code: 'LID_DEACTIVATED',
  message: 'This LID is deactivated and that phone is not, so they cannot be one person.',
  hint: 'Activate the LID first, or deactivate the phone.',
  example: 'user activate lid:100200300',
};
