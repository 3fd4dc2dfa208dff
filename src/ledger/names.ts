/** Names that stand in the public part for ever, so they must not be able to carry a phone number or free text. */

const LEDGER_NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;
const SIX_DIGITS = /[0-9]{6}/;
const TERM = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;

/** What a tenant may be called. A run of six digits is refused: it is how a phone number would get in. */
export function isTenantName(name: string): boolean {
  return LEDGER_NAME.test(name) && !SIX_DIGITS.test(name);
}

/** An instance is named by the same rule. */
export function isInstanceName(name: string): boolean {
  return isTenantName(name);
}

/** An action, category or entity type. */
export function isTerm(name: string): boolean {
  return TERM.test(name);
}

/** The name of one tenant's ledger, and of its key: `reeve/<instance>/<tenant>`. */
export function originOf(instance: string, tenant: string): string {
  if (!isInstanceName(instance))
    throw new RangeError(`instance name ${JSON.stringify(instance)}: ${NAME_RULE}`);
  if (!isTenantName(tenant)) throw new RangeError(`tenant name ${JSON.stringify(tenant)}: ${NAME_RULE}`);
  return `reeve/${instance}/${tenant}`;
}

const NAME_RULE =
  '1 to 63 of a-z, 0-9, "." and "-", beginning with a letter or digit, with no run of six digits; for example "front-desk"';

/** The two names in an origin, or null if it is none. */
export function parseOrigin(origin: string): { instance: string; tenant: string } | null {
  const [reeve, instance, tenant, ...more] = origin.split('/');
  if (reeve !== 'reeve' || instance === undefined || tenant === undefined || more.length > 0) return null;
  return isInstanceName(instance) && isTenantName(tenant) ? { instance, tenant } : null;
}
