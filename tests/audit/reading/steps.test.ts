import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditIndex } from '../../../src/audit/index/auditIndex.js';
import type { AuditFilter } from '../../../src/audit/query/filter.js';
import { type AuditRow, matches } from '../../../src/audit/query/matches.js';
import { parseQuery } from '../../../src/audit/query/parse.js';
import { AuditRepository } from '../../../src/audit/repository.js';
import type { Reads, SqlValue } from '../../../src/store/sql.js';
import { freshSqlite } from '../../support/databases.js';
import { FakeClock } from '../../support/fakeClock.js';
import { type SampleEvent, SampleLedger, TENANT } from './sampleLedger.js';

/** More than one step of anything: windows, candidates, batches. */
const COUNT = 9000;
const MINUTE = 60_000;

const events: SampleEvent[] = Array.from({ length: COUNT }, (_, i) => ({
  at: i * MINUTE,
  category: i % 5 === 0 ? 'AUTH' : 'ADMIN',
  action: i % 2000 === 3 ? 'RARE_ACT' : `ACT_${i % 7}`,
  channel: i % 1500 === 8 ? 'http' : 'console',
  actor: {
    actorPhone: `+1202555010${i % 10}`,
    actorId: `u${i % 3}`,
    actorName: i % 4000 === 11 ? 'Ann' : 'Bea',
  },
  rest: {
    entityId: `e${i % 4500}`,
    description: `event ${i % 2 === 0 ? 'even' : 'odd'} ${i % 3000 === 17 ? 'xylophone' : ''}`,
    status: i % 3500 === 20 ? 500 : 200,
  },
}));

const QUERIES = [
  '',
  'event',
  'even',
  'xylophone',
  '"event even"',
  'odd category:AUTH',
  'user:u1',
  'user:u1 -category:ADMIN',
  'name:Ann',
  'action:RARE_*',
  'action:rare.act outcome:success',
  '-category:AUTH',
  'status:5xx',
  'channel:http',
  '-channel:console',
  'entity:e77',
  'phone:+1202555010*',
  'phone:+12025550104 even',
  'since:1970-01-03 until:1970-01-04T05:17',
  'category:AUTH since:1970-01-03 until:1970-01-04T05:17',
  'category:ADMIN,SYSTEM xylophone',
  'seq:4000..4100 odd',
];

function filterOf(query: string): AuditFilter {
  const parsed = parseQuery(query, { now: COUNT * MINUTE, timeZone: 'UTC' });
  if (!parsed.ok) throw new Error(`${query}: ${parsed.error.problem}`);
  return parsed.filter;
}

/** Remembers what was asked of the ledger. */
class Watched implements Reads {
  readonly dialect = 'sqlite';
  readonly asked: { sql: string; params: readonly SqlValue[] }[] = [];
  readonly #reads: Reads;

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  all<T>(sql: string, params?: readonly SqlValue[]): Promise<T[]> {
    return this.#reads.all<T>(sql, params);
  }

  get<T>(sql: string, params?: readonly SqlValue[]): Promise<T | undefined> {
    return this.#reads.get<T>(sql, params);
  }

  rows(sql: string, params: readonly SqlValue[] = []): Promise<SqlValue[][]> {
    this.asked.push({ sql, params });
    return this.#reads.rows(sql, params);
  }

  /** How SQLite carries out what was asked. */
  async plans(): Promise<string[]> {
    const plans = this.asked.map(async ({ sql, params }) => {
      const steps = await this.#reads.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params);
      return steps.map(({ detail }) => detail).join('; ');
    });
    return Promise.all(plans);
  }
}

describe('a ledger that is read in many steps', () => {
  let ledger: SampleLedger;
  let rows: AuditRow[];
  let watched: Watched;
  let indexed: AuditRepository;
  let plain: AuditRepository;
  let index: AuditIndex;

  beforeAll(async () => {
    ledger = await SampleLedger.open(await freshSqlite());
    await ledger.append(events);
    rows = await ledger.rows();
    index = ledger.index();
    await index.catchUp({ until: COUNT - 500 });
    watched = new Watched(ledger.store.read);
    const clock = new FakeClock(COUNT * MINUTE);
    indexed = new AuditRepository({ reads: watched, tenant: TENANT, index, clock });
    plain = new AuditRepository({ reads: ledger.store.read, tenant: TENANT, clock });
  });
  afterAll(async () => {
    expect(ledger.troubles).toEqual([]);
    await ledger.close();
  });

  test.each(QUERIES)('answers %p alike with and without an index, and rightly', async (query) => {
    const filter = filterOf(query);
    const wanted = rows.filter((row) => matches(filter, row)).map((row) => row.seq as number);
    expect(wanted.length).toBeGreaterThan(0);
    for (const repository of [indexed, plain]) {
      const page = await repository.query(filter, { limit: 60 });
      expect(page.items.map((item) => item.seq)).toEqual(wanted.slice(-60).reverse());
      expect(page.next).toBe(wanted.length > 60 ? wanted.at(-60) : null);
      for (const order of ['asc', 'desc'] as const) {
        const streamed: SqlValue[] = [];
        for await (const batch of repository.stream(filter, { columns: ['seq'], order }))
          streamed.push(...batch.flat());
        expect(order === 'asc' ? streamed : streamed.reverse()).toEqual(wanted);
      }
      expect(await repository.count(filter)).toBe(wanted.length);
    }
  });

  describe('when the index knows all of it', () => {
    beforeAll(async () => {
      await index.catchUp();
    });

    test.each([
      ['category:AUTH', 'AuditLog_tenant_category_seq_idx (tenant=? AND category=? AND seq>? AND seq<?)'],
      ['action:ACT_3', 'AuditLog_tenant_action_seq_idx (tenant=? AND action=? AND seq>? AND seq<?)'],
      [
        'phone:+12025550103',
        'AuditLog_tenant_actorPhone_seq_idx (tenant=? AND actorPhone=? AND seq>? AND seq<?)',
      ],
      ['entityId:e77', 'AuditLog_tenant_entityId_seq_idx (tenant=? AND entityId=? AND seq>? AND seq<?)'],
      [
        'category:AUTH since:1970-01-03',
        'AuditLog_tenant_category_seq_idx (tenant=? AND category=? AND seq>? AND seq<?)',
      ],
      ['', 'sqlite_autoindex_AuditLog_1 (tenant=? AND seq>? AND seq<?)'],
      ['-category:AUTH', 'sqlite_autoindex_AuditLog_1 (tenant=? AND seq>? AND seq<?)'],
      ['user:u1', 'sqlite_autoindex_AuditLog_1 (tenant=? AND seq=?)'],
      [`id:0123*`, 'AuditLog_id_key (id>? AND id<?)'],
    ])('reads the newest of %p by the index that fits, without sorting them', async (query, by) => {
      watched.asked.length = 0;
      await indexed.query(filterOf(query));
      const plans = await watched.plans();
      const [narrow] = plans.filter((_, i) => !watched.asked[i]!.sql.includes('"description"'));
      expect(narrow).toContain(by);
      if (!/seq=\?|id>/.test(by)) expect(narrow).not.toContain('TEMP B-TREE');
    });

    test('turns a stretch of time into a stretch of numbers', async () => {
      watched.asked.length = 0;
      await indexed.query(filterOf('category:AUTH since:1970-01-03 until:1970-01-03'));
      const [, from, to] = watched.asked[0]!.params as number[];
      expect([from, to]).toEqual([2 * 1440 + 1, 3 * 1440]);
    });

    test('reads nothing wide of what is not shown', async () => {
      watched.asked.length = 0;
      await indexed.query(filterOf('outcome:success'), { limit: 3 });
      const wide = watched.asked.filter(({ sql }) => sql.includes('"metadata"'));
      expect(wide.map(({ params }) => params[1])).toEqual(['[9000,8999,8998]']);
    });
  });
});
