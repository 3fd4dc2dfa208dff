import type { Address } from './address.js';
import type { Change } from './change.js';

/** Stands among the settings, and is none that anybody could set. */
export const APPOINTED = 'access.appointed';

/** Whom the configuration named as owners when they were last appointed. */
export async function readAppointed({ tx, tenant }: Change): Promise<readonly Address[]> {
  const row = await tx.setting.findUnique({ where: { tenant_key: { tenant, key: APPOINTED } } });
  const value: unknown = row === null ? [] : JSON.parse(row.value);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Whoever was taken out of the configuration is forgotten, and may be appointed anew one day. */
export async function writeAppointed(
  { tx, tenant, now }: Change,
  before: readonly Address[],
  addresses: readonly Address[],
): Promise<void> {
  const value = JSON.stringify([...new Set(addresses)].sort());
  if (value === JSON.stringify(before)) return;
  const news = { value, updatedAt: BigInt(now) };
  const where = { tenant_key: { tenant, key: APPOINTED } };
  await tx.setting.upsert({ where, create: { tenant, key: APPOINTED, ...news }, update: news });
}
