import { beforeEach, expect, test } from '@jest/globals';
import type { Performer } from '../../src/access/person.js';
import type { AuditRecord } from '../../src/audit/record.js';
import { Searches } from '../../src/chat/searches.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord } from '../support/record.js';

const ANA = '+12025550100';
const BO = '+12025550101';

const performedBy: Performer = {
  person: { id: null, address: ANA, name: 'Ana', role: 'ADMIN', isActive: true, isListed: false },
  context: { actor: { phone: ANA, name: 'Ana', role: 'ADMIN' }, channel: 'whatsapp', messageKey: 'm1' },
};

describeOnBothDatabases(
  'saved searches',
  (fresh) => {
    let record: AuditRecord;
    let searches: Searches;

    beforeEach(async () => {
      const clock = new FakeClock();
      record = await openTestRecord(await fresh(), { clock });
      searches = new Searches({ record, clock });
    });

    test('are kept under a name, each person their own, with one event a change', async () => {
      const saved = await searches.save(ANA, 'Denials', ' outcome:denied since:1d ', { performedBy });
      await searches.save(BO, 'denials', 'outcome:failure');
      const changed = await searches.save(ANA, 'DENIALS', '-outcome:success', { performedBy });
      await searches.save(ANA, 'all', 'seq:1..');

      expect(saved).toEqual({ case: 1, name: 'denials', before: null, after: 'outcome:denied since:1d' });
      expect(changed).toMatchObject({ before: 'outcome:denied since:1d', after: '-outcome:success' });
      expect(await searches.list(ANA)).toMatchObject([
        { name: 'all', query: 'seq:1..' },
        { name: 'denials', query: '-outcome:success' },
      ]);
      expect(await searches.get(BO, 'DENIALS')).toMatchObject({ query: 'outcome:failure' });
      const event = await record.repository.getBySeq(changed.case);
      expect(event).toMatchObject({
        action: 'SAVED_SEARCH_CHANGE',
        actorPhone: ANA,
        entityId: 'denials',
        messageKey: 'm1',
        before: '{"query":"outcome:denied since:1d"}',
        after: '{"query":"-outcome:success"}',
      });
    });

    test('are dropped, and the event says what they were', async () => {
      await searches.save(ANA, 'denials', 'outcome:denied', { performedBy });
      const dropped = await searches.drop(ANA, 'denials', { performedBy });
      expect(dropped).toEqual({ case: 2, name: 'denials', before: 'outcome:denied', after: null });
      expect(await searches.list(ANA)).toEqual([]);
    });

    test('that are not there, are named badly or change nothing leave no event', async () => {
      await searches.save(ANA, 'denials', 'outcome:denied', { performedBy });
      const codes = [];
      for (const work of [
        searches.get(ANA, 'denial'),
        searches.drop(BO, 'denials'),
        searches.save(ANA, 'two words', 'x'),
        searches.save(ANA, '-x', 'x'),
        searches.save(ANA, 'long', 'x'.repeat(1001)),
        searches.save(ANA, 'denials', 'outcome:denied'),
      ])
        codes.push((await failureOf(work)).code);
      expect(codes).toEqual([
        'NO_SUCH_SEARCH',
        'NO_SUCH_SEARCH',
        'BAD_SEARCH_NAME',
        'BAD_SEARCH_NAME',
        'QUERY_TOO_LONG',
        'ALREADY_SO',
      ]);
      expect((await record.repository.query({ terms: [], text: [] })).items).toHaveLength(1);
    });

    test('name the one that was probably meant', async () => {
      await searches.save(ANA, 'denials', 'outcome:denied');
      await expect(searches.get(ANA, 'denails')).rejects.toMatchObject({ hint: 'Did you mean denials?' });
      await expect(searches.get(BO, 'denials')).rejects.toMatchObject({
        hint: 'You have saved none so far.',
      });
    });

    test('are not without end', async () => {
      for (let number = 0; number < 50; number++) await searches.save(ANA, `s${number}`, 'seq:1..');
      await expect(searches.save(ANA, 'one-more', 'seq:1..')).rejects.toMatchObject({
        code: 'TOO_MANY_SEARCHES',
      });
      await expect(searches.save(ANA, 's1', 'seq:2..')).resolves.toMatchObject({ after: 'seq:2..' });
    });
  },
  { migrated: true },
);
