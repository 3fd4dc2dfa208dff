/** What of a database is copied, each table with the columns in whose order it is read. */
export const COPIED_TABLES: readonly (readonly [name: string, key: readonly string[]])[] = [
  ['Installation', ['key']],
  ['InstallationSecret', ['name']],
  ['Ledger', ['tenant']],
  ['LedgerCheckpoint', ['tenant', 'size']],
  ['LedgerStatement', ['tenant', 'kind', 'number']],
  ['LedgerConsistency', ['tenant', 'from']],
  ['AuditLog', ['tenant', 'seq']],
  ['User', ['tenant', 'id']],
  ['LidLink', ['tenant', 'lid']],
  ['Setting', ['tenant', 'key']],
  ['LimitState', ['tenant', 'key']],
  ['InboxMessage', ['tenant', 'key']],
  ['SavedSearch', ['tenant', 'owner', 'name']],
  ['Watch', ['tenant', 'chatId']],
  ['ConversationTurn', ['tenant', 'address', 'chatId', 'number']],
  ['AssistantUsage', ['tenant', 'address', 'day']],
  ['AssistantReservation', ['tenant', 'id']],
  ['AssistantNotice', ['tenant', 'what', 'address']],
  ['JobRun', ['tenant', 'job']],
  ['LegalHold', ['tenant', 'id']],
  ['PendingErasure', ['tenant', 'id']],
];

/** Leases are of processes that work on the old database; a gate is never there when nobody stands in it. */
export const LEFT_BEHIND: readonly string[] = ['Lease', 'AuditGate', 'AuditGateNever'];
