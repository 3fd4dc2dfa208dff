import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { expect, test } from '@jest/globals';
import { Lease, LeaseLost } from '../../src/lifecycle/lease.js';
import type { Store } from '../../src/store/store.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { openTestRecord } from '../support/record.js';
import { until } from '../system/until.js';
import { JumpingClock } from './retention/aged.js';

const NAME = 'sweep/acme';
/** How long a holder is believed that says nothing. */
const EXPIRES_MS = 60_000;
const RENEW_MS = 15_000;

describeOnBothDatabases(
  'a lease',
  (fresh) => {
    async function opened(): Promise<{ store: Store; clock: JumpingClock }> {
      return { store: (await openTestRecord(await fresh())).store, clock: new JumpingClock() };
    }

    const row = (store: Store) =>
      store.read.get<{ holder: string; until: number }>(
        `SELECT "holder", "until" FROM "Lease" WHERE "name" = ?`,
        [NAME],
      );

    const heldBy = (store: Store, holder: string, expires: number): Promise<number> =>
      store.transaction((tx) =>
        tx.run(`INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, ?, ?)`, [NAME, holder, expires]),
      );

    test('is one holder’s until it is released', async () => {
      const { store, clock } = await opened();
      const lease = (await Lease.take(store, clock, NAME))!;
      expect(await Lease.take(store, clock, NAME)).toBeNull();
      expect(await Lease.take(store, clock, 'sweep/other')).not.toBeNull();
      await lease.release();
      const next = await Lease.take(store, clock, NAME);
      expect(next).not.toBeNull();
      await next!.release();
    });

    test('of a holder elsewhere is respected until it has run out, and not after', async () => {
      const { store, clock } = await opened();
      await heldBy(store, 'elsewhere 4711 there', clock.now() + EXPIRES_MS);
      clock.jump(EXPIRES_MS - 1);
      expect(await Lease.take(store, clock, NAME)).toBeNull();
      clock.jump(1);
      const lease = await Lease.take(store, clock, NAME);
      expect(lease).not.toBeNull();
      expect(await row(store)).toMatchObject({ until: clock.now() + EXPIRES_MS });
      await lease!.release();
    });

    test('of a process of this machine that has died is free at once', async () => {
      const { store, clock } = await opened();
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      await heldBy(store, `${hostname()} ${pid} gone`, clock.now() + EXPIRES_MS);
      const lease = await Lease.take(store, clock, NAME);
      expect(lease).not.toBeNull();
      await lease!.release();
    });

    test('of an earlier process that had the same number is free at once', async () => {
      const { store, clock } = await opened();
      await heldBy(store, `${hostname()} ${process.pid} 1763700000000.123 gone`, clock.now() + EXPIRES_MS);
      const lease = await Lease.take(store, clock, NAME);
      expect(lease).not.toBeNull();
      await lease!.release();
    });

    test('is renewed as long as it is held, and no longer', async () => {
      const { store, clock } = await opened();
      const lease = (await Lease.take(store, clock, NAME))!;
      for (let held = 0; held < 2 * EXPIRES_MS; held += RENEW_MS) {
        await clock.advance(RENEW_MS);
        await until('it was renewed', async () => (await row(store))?.until === clock.now() + EXPIRES_MS);
      }
      expect(await Lease.take(store, clock, NAME)).toBeNull();
      await lease.release();
      expect(clock.pending).toBe(0);
      expect(await row(store)).toMatchObject({ until: 0 });
    });

    test('that another has taken over after its time is lost: what would be done under it is not', async () => {
      const { store, clock } = await opened();
      const late = (await Lease.take(store, clock, NAME))!;
      // As where a machine sleeps: time goes by, and nothing was renewed.
      clock.jump(EXPIRES_MS);
      const next = (await Lease.take(store, clock, NAME))!;
      const { holder } = (await row(store))!;
      const work = store.transaction(async (tx) => {
        await tx.run(`INSERT INTO "Lease" ("name", "holder", "until") VALUES ('done', 'x', 0)`);
        await late.demand(tx);
      });
      expect(await failureOf(work)).toBeInstanceOf(LeaseLost);
      expect(await store.read.get(`SELECT 1 AS "one" FROM "Lease" WHERE "name" = 'done'`)).toBeUndefined();
      // Neither renewing nor releasing what is lost touches what the other one has.
      await clock.advance(RENEW_MS);
      await late.release();
      expect(await row(store)).toMatchObject({ holder });
      expect(await Lease.take(store, clock, NAME)).toBeNull();
      await store.transaction((tx) => next.demand(tx));
      await next.release();
    });
  },
  { migrated: true },
);
