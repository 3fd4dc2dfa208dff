import type { AuditRecord } from '../../audit/record.js';
import { marks, type Reads } from '../../store/sql.js';
import type { Days } from './period.js';

/** What was used in some days. */
export interface Used {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In millionths of the currency. */
  readonly cost: number;
}

/** SQLite and PostgreSQL give a sum as a number only where they are told to. */
const sum = (column: string): string => `CAST(COALESCE(SUM("${column}"), 0) AS BIGINT) AS "${column}"`;
const SUMS = ['calls', 'inputTokens', 'outputTokens', 'cost'].map(sum).join(', ');

/** How much of the assistant was used, and what it cost. */
export class Usage {
  readonly #record: AuditRecord;

  constructor({ record }: { readonly record: AuditRecord }) {
    this.#record = record;
  }

  /** By one person, under all their addresses. */
  async of(addresses: readonly string[], { from, to }: Days): Promise<Used> {
    const row = await this.#reads.get<Used>(
      `SELECT ${SUMS} FROM "AssistantUsage"
         WHERE "tenant" = ? AND "address" IN (${marks(addresses.length)}) AND "day" BETWEEN ? AND ?`,
      [this.#tenant, ...addresses, from, to],
    );
    return row!;
  }

  /** By everybody. */
  async ofAll({ from, to }: Days): Promise<Used> {
    const row = await this.#reads.get<Used>(
      `SELECT ${SUMS} FROM "AssistantUsage" WHERE "tenant" = ? AND "day" BETWEEN ? AND ?`,
      [this.#tenant, from, to],
    );
    return row!;
  }

  /** Whoever used most, by cost and then by tokens. */
  most({ from, to }: Days, count: number): Promise<(Used & { readonly address: string })[]> {
    return this.#reads.all(
      `SELECT "address", ${SUMS} FROM "AssistantUsage"
         WHERE "tenant" = ? AND "day" BETWEEN ? AND ? AND "address" <> ''
         GROUP BY "address" ORDER BY 5 DESC, 4 DESC, 1 LIMIT ${count}`,
      [this.#tenant, from, to],
    );
  }

  get #reads(): Reads {
    return this.#record.store.read;
  }

  get #tenant(): string {
    return this.#record.ledger.tenant;
  }
}
