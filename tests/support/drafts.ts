import { randomUUID } from 'node:crypto';
import { type Draft, makeDraft } from '../../src/audit/writer/draft.js';

/** An event as it waits to be written; `n` shows in it which one it is. */
export function sampleDraft(n: number, id: string = randomUUID()): Draft {
  return makeDraft(
    {
      v: 1,
      id,
      tenant: 'acme',
      at: 1_900_000_000_000 + n,
      category: 'CONFIG',
      action: 'CONFIG_CHANGE',
      verb: 'UPDATE',
      outcome: 'success',
      actorType: 'system',
      entityType: 'setting',
      channel: 'system',
    },
    { actorPhone: 'SYSTEM' },
    { description: `number ${n}` },
  );
}

export const sampleDrafts = (count: number): Draft[] =>
  Array.from({ length: count }, (_, index) => sampleDraft(index + 1));
