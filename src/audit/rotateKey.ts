import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../config/userError.js';
import { replaceDurably } from '../signing/durableFile.js';
import {
  loadSigningKey,
  newSigningKey,
  type SigningKey,
  signingKeyFromPem,
  signingKeyPath,
} from '../signing/key.js';
import { Signer } from '../signing/signer.js';
import { trustKey } from '../signing/trustedKeys.js';
import { openConnection } from '../store/connection.js';
import { withSetupLock } from '../store/setupLock.js';
import type { Store } from '../store/store.js';
import { LedgerRows } from './ledgerRows.js';
import { appendDrafts } from './writer/commit.js';
import type { Draft } from './writer/draft.js';

/** The key that is about to sign, until the ledger has taken it. */
const nextKeyPath = (dataDir: string): string => join(dataDir, 'signing-key.next.pem');

export interface RotationParts {
  store: Store;
  dataDir: string;
  tenant: string;
  origin: string;
  oldKey: SigningKey;
  /** The KEY_ROTATED event. */
  draft(newVkey: string): Draft;
}

/**
 * Replaces the signing key, in an order that can be finished after a kill at any point: the new key is on the disk,
 * then the ledger takes it together with the entry that tells of it, then both keys sign a checkpoint over that
 * entry, and only then does the new key's file take the place of the old one's.
 */
export async function rotateKey(parts: RotationParts): Promise<string> {
  const { store, dataDir, tenant, origin, oldKey } = parts;
  const { key, pem } = newSigningKey();
  const [oldVkey, vkey] = [oldKey.verifierKey(origin).text, key.verifierKey(origin).text];
  const others = await store.read.get(`SELECT 1 AS "one" FROM "Ledger" WHERE "tenant" <> ?`, [tenant]);
  if (others !== undefined) {
    throw new UserError({
      code: 'KEY_IS_SHARED',
      message:
        'The ledgers of several tenants are signed with this key; it can only be replaced where there is one.',
      hint: 'Give each tenant a database and data directory of its own to rotate keys one by one.',
    });
  }
  // Nobody else may rotate, or take this for a rotation that was given up, until it is finished.
  await withSetupLock(store.target, async () => {
    replaceDurably(nextKeyPath(dataDir), pem, 0o600);
    await store.transaction(async (tx) => {
      await appendDrafts(tx, { tenant, vkey: oldVkey }, [parts.draft(vkey)], false);
      await tx.run(`UPDATE "Ledger" SET "vkeys" = "vkeys" || ? WHERE "tenant" = ?`, [`\n${vkey}`, tenant]);
    });
    await finish(parts, key);
  });
  return vkey;
}

/**
 * Finishes a rotation that was killed half-way, or forgets one that had not begun: called at every start, whatever
 * the tenant, with the key that lies in the data directory. Returns the key that signs from here on.
 */
export async function resumeRotation(parts: {
  store: Store;
  dataDir: string;
  oldKey: SigningKey;
}): Promise<SigningKey> {
  const { store, dataDir, oldKey } = parts;
  const path = nextKeyPath(dataDir);
  if (!existsSync(path)) return oldKey;
  return withSetupLock(store.target, async () => {
    // While this waited for the lock, its holder may have finished.
    if (!existsSync(path)) return loadSigningKey(dataDir, undefined) ?? oldKey;
    const key = signingKeyFromPem(readFileSync(path, 'utf8'), path);
    const ledgers = await store.read.all<{ tenant: string; origin: string; vkeys: string }>(
      `SELECT "tenant", "origin", "vkeys" FROM "Ledger"`,
    );
    const taken = ledgers.find(
      ({ origin, vkeys }) => vkeys.split('\n').at(-1) === key.verifierKey(origin).text,
    );
    if (taken === undefined) {
      rmSync(path);
      return oldKey;
    }
    await finish({ ...parts, tenant: taken.tenant, origin: taken.origin }, key);
    return key;
  });
}

async function finish(parts: Omit<RotationParts, 'draft'>, key: SigningKey): Promise<void> {
  const { store, dataDir, tenant, origin, oldKey } = parts;
  const connection = openConnection(store.target);
  try {
    const keys = [oldKey, key].map((one) => ({
      privateKey: one.privateKey,
      verifierKey: one.verifierKey(origin),
    }));
    const signer = new Signer({ dataDir, tenant, origin, keys }, new LedgerRows(connection, tenant));
    await signer.sign({ again: true });
  } finally {
    await connection.close();
  }
  trustKey(dataDir, key.verifierKey(origin));
  renameSync(nextKeyPath(dataDir), signingKeyPath(dataDir));
}
