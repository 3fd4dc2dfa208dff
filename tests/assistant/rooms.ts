import { Identities } from '../../src/access/identities.js';
import { Conversations } from '../../src/assistant/conversations.js';
import { Notices } from '../../src/assistant/notices.js';
import { Usage } from '../../src/assistant/usage/usage.js';
import type { Database } from '../../src/config/database.js';
import { builtInSettings } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord } from '../support/record.js';

const definitions = builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined });

/** What the assistant's parts stand on, and those that need no model. */
export async function openRooms(database: Database, clock = new FakeClock()) {
  // The record has a clock of its own: in weeks that pass at once it would sign thousands of times.
  const record = await openTestRecord(database, { clock: new FakeClock() });
  const settings = await Settings.open({ record, definitions, clock });
  const identities = new Identities({ record, clock });
  return {
    record,
    clock,
    settings,
    identities,
    conversations: new Conversations({ record, identities, settings, clock }),
    notices: new Notices({ record, clock }),
    usage: new Usage({ record }),
  };
}
