import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lease } from '../../src/lifecycle/lease.js';
import { Store } from '../../src/store/store.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { describeOnBothDatabases } from '../support/databases.js';

describeOnBothDatabases(
  'a lease',
  (fresh) => {
    let store: Store;
    let clock: FakeClock;
    beforeEach(async () => {
      store = (await Store.open(await fresh())).store;
      clock = new FakeClock();
    });
    afterEach(() => store.close());
    const take = () => Lease.take({ store, clock }, 'work/acme');

    test('belongs to one, until they let it go', async () => {
      const lease = await take();
      expect(await take()).toBeNull();
      await lease!.release();
      expect(await take()).not.toBeNull();
    });

    test('of whoever is silent can be taken over, and they are told', async () => {
      const lease = await take();
      await clock.advance(45_000);
      await lease!.keep();
      await clock.advance(45_000);
      expect(await take()).toBeNull();
      await clock.advance(20_000);
      const other = await take();
      expect(other).not.toBeNull();
      await expect(lease!.keep()).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await lease!.release();
      expect(await take()).toBeNull();
    });

    test('is not lost for ever when the clock is put back', async () => {
      await Lease.take({ store, clock: new FakeClock(clock.now() + 86_400_000) }, 'work/acme');
      expect(await take()).not.toBeNull();
    });
  },
  { migrated: true },
);
