import type { Channel } from '../audit/catalogue/action.js';
import type { Config } from '../config/config.js';
import { UserError } from '../config/userError.js';
import { LOCAL, parseAddress } from './address.js';
import type { Membership } from './membership.js';
import type { People } from './people.js';

export interface OwnersParts {
  readonly config: Pick<Config, 'owners'>;
  readonly membership: Membership;
  readonly people: People;
  /** Only its channel counts: whoever sits at the console is an owner. */
  readonly gateway: { readonly channel: Channel };
}

/**
 * Sees to it at a start that there is an owner: those whom REEVE_OWNERS names, and at the console whoever sits there.
 * A number that is new in REEVE_OWNERS makes an OWNER once; what people decide afterwards stands, as long as an owner
 * is left. Where there is none, the bot does not start: nobody could ever change anything.
 */
export async function ensureOwners({ config, membership, people, gateway }: OwnersParts): Promise<void> {
  const isConsole = gateway.channel === 'console';
  const named = config.owners.map((owner) => parseAddress(owner) ?? owner);
  const reachable = async () =>
    (await people.owners()).filter(({ address }) => isConsole || address !== LOCAL).length;

  if (isConsole) await membership.appointLocal();
  await membership.appoint(named);
  if ((await reachable()) === 0 && named.length > 0) await membership.appoint(named, { again: true });
  if ((await reachable()) === 0) throw new UserError(NO_OWNER);
}

const NO_OWNER = {
  code: 'NO_OWNER',
  message: 'Nobody is an OWNER, so nobody could give anybody a role or change a setting.',
  hint: 'Put your own number into .env, with its country code, and start again.',
  example: 'REEVE_OWNERS=+12025550100',
};
