import type { Reads } from '../../store/sql.js';
import type { AuditIndex } from '../index/auditIndex.js';

/** What is read from: one tenant's ledger, and its index where there is one. */
export interface Source {
  reads: Reads;
  tenant: string;
  index: AuditIndex | null;
}

/** A stretch of the ledger, both ends included. */
export interface Stretch {
  from: number;
  to: number;
}

export const isEmpty = ({ from, to }: Stretch): boolean => from > to;

export function intersection(a: Stretch, b: Stretch): Stretch {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
}

export type Order = 'asc' | 'desc';

/** Lets everything else that waits go first. Queries of SQLite hold the thread while they run. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
