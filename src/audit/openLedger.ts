import { mkdirSync } from 'node:fs';
import { UserError } from '../config/userError.js';
import { originOf } from '../ledger/names.js';
import { loadSigningKey, makeSigningKey, type SigningKey, signingKeyPath } from '../signing/key.js';
import { trustKey } from '../signing/trustedKeys.js';
import type { Store } from '../store/store.js';
import { readHead, signingLease } from './ledgerRows.js';
import { resumeRotation } from './rotateKey.js';
import type { LedgerIdentity } from './writer/commit.js';

export interface LedgerSettings {
  dataDir: string;
  instance: string;
  tenant: string;
  /** REEVE_SIGNING_KEY. */
  signingKey: string | undefined;
}

export interface OpenLedger extends LedgerIdentity {
  origin: string;
  key: SigningKey;
}

/**
 * The tenant's ledger, made on first use, and the key that signs it. A key is made only for a database without any
 * entry: a fresh key over old entries would vouch for what it never saw.
 */
export async function openLedger(store: Store, settings: LedgerSettings, now: number): Promise<OpenLedger> {
  const origin = originOf(settings.instance, settings.tenant);
  let key = loadSigningKey(settings.dataDir, settings.signingKey);
  const head = await readHead(store.read, settings.tenant);
  if (key === null) {
    const holdsEntries = (await store.read.get(`SELECT 1 AS "one" FROM "AuditLog" LIMIT 1`)) !== undefined;
    const holdsLedger = (await store.read.get(`SELECT 1 AS "one" FROM "Ledger" LIMIT 1`)) !== undefined;
    // Another process that starts just now may have made both the key and the ledger.
    key = loadSigningKey(settings.dataDir, settings.signingKey);
    if (key === null && (holdsEntries || holdsLedger)) {
      throw new UserError({
        code: 'SIGNING_KEY_LOST',
        message: `${store.label} holds a ledger, but there is no signing key at ${signingKeyPath(settings.dataDir)}.`,
        hint: 'Restore the data directory from its backup, or name the key with REEVE_SIGNING_KEY. A new key is never made for entries it did not see.',
      });
    }
    if (key === null) {
      makePrivateFolder(settings.dataDir);
      key = makeSigningKey(settings.dataDir);
    }
  }
  if (settings.signingKey === undefined) {
    key = await resumeRotation({ store, dataDir: settings.dataDir, oldKey: key });
  }
  const vkey = key.verifierKey(origin);
  if (head === null) await createLedger(store, settings.tenant, origin, vkey.text, now);
  const current = head ?? (await readHead(store.read, settings.tenant))!;
  if (current.vkeys.at(-1) !== vkey.text) {
    throw new UserError({
      code: 'KEY_NOT_THE_LEDGERS',
      message: `The signing key of this process is not the key of the ledger ${origin} in ${store.label}: it may not write.`,
      hint: 'Give it the key of that ledger with REEVE_SIGNING_KEY, or the data directory that belongs to it with REEVE_DATA_DIR. Where a backup from before a rotation was restored: reeve recover --reason "…"',
    });
  }
  makePrivateFolder(settings.dataDir);
  trustKey(settings.dataDir, vkey);
  return { origin, key, tenant: settings.tenant, vkey: vkey.text };
}

/** Keys and what was signed are nobody else's to read. */
function makePrivateFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
}

/** The first of several processes makes it; the others find it made. */
function createLedger(
  store: Store,
  tenant: string,
  origin: string,
  vkey: string,
  now: number,
): Promise<void> {
  return store.transaction(async (tx) => {
    await tx.run(
      `INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, '', 0) ON CONFLICT ("name") DO NOTHING`,
      [signingLease(tenant)],
    );
    await tx.run(
      `INSERT INTO "Ledger" ("tenant", "origin", "size", "vkeys", "createdAt")
         SELECT ?, ?, 0, ?, ? WHERE NOT EXISTS (SELECT 1 FROM "Ledger" WHERE "tenant" = ?)`,
      [tenant, origin, vkey, now, tenant],
    );
  });
}
