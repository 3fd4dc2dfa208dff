/**
 * Reeve for bot builders: open it, record, add actions, commands and a gateway of your own, read, verify. Everything
 * that is exported here is meant to be used; everything else may change. For tests there is `reeve/testing`.
 */
export { type Address, LOCAL, parseAddress } from './access/address.js';
export type { ChangeOptions, Performer, Person as ChatPerson, PersonChange } from './access/person.js';
export { Refusal, type Rule } from './access/refusal.js';
export { ROLES, type Role } from './access/role.js';
export type { Completion, Model, ModelCall, ModelMessage } from './assistant/model.js';
export { type AuditedCall, Denied } from './audit/audited.js';
export {
  type ActionDefinition,
  type ActorType,
  type Channel,
  type Delivery,
  defineAction,
  type EventContent,
  type EventContext,
  type Outcome,
  type Person,
  type Severity,
  type Verb,
} from './audit/catalogue/action.js';
export type { BuiltInPayloads, PayloadsOf } from './audit/catalogue/catalogue.js';
export { AuditLogger, type RecordInTransaction } from './audit/logger.js';
export { type AuditFilter, emptyFilter } from './audit/query/filter.js';
export { explainMistake } from './audit/query/mistake.js';
export { parseQuery } from './audit/query/parse.js';
export type { AuditItem } from './audit/reading/item.js';
export { AuditRecord, type RecordStatus } from './audit/record.js';
export type { Recorded } from './audit/recorded.js';
export { AuditRepository } from './audit/repository.js';
export type { Receipt } from './audit/writer/commit.js';
export type { Fate } from './audit/writer/fate.js';
export {
  type Argument,
  type Arguments,
  named,
  oneOf,
  optional,
  type Parsed,
  person,
  rest,
  type ValuesOf,
  word,
} from './chat/argument.js';
export { Bot } from './chat/bot.js';
export { type Command, type CommandContext, defineCommand, type Leaves } from './chat/command.js';
export type { Attachment, Gateway, GatewayServices, GatewayStatus, Outgoing } from './chat/gateway.js';
export { ConsoleGateway, type ConsoleParts } from './chat/gateways/console/consoleGateway.js';
export type { Pairing } from './chat/gateways/whatsapp/clientEvents.js';
export { whatsAppShim } from './chat/gateways/whatsapp/shim.js';
export { WhatsAppGateway, type WhatsAppOptions } from './chat/gateways/whatsapp/whatsAppGateway.js';
export type { Chat, IncomingMessage, Mention } from './chat/message.js';
export type { Reply } from './chat/reply.js';
export type { OnOther } from './chat/router.js';
export type { Services } from './chat/services.js';
export { bold, code, joined, lines, type Piece, plain, say, type Text } from './chat/text.js';
export { openReeve, type Reeve, type ReeveOptions } from './compose.js';
export { type Config, loadConfig } from './config/config.js';
export { UserError } from './config/userError.js';
export { parseVerifierKey, type VerifierKey } from './ledger/note.js';
export type { Verdict, VerdictName } from './ledger/verify.js';
export { verifyFile } from './ledger/verifyFile.js';
export type { Archive, Segment } from './lifecycle/archive/archive.js';
export { type CertificateFacts, openCertificate } from './lifecycle/erasure/certificate.js';
export type { Erased } from './lifecycle/erasure/certify.js';
export type { Erasure, ErasureOrder } from './lifecycle/erasure/erasure.js';
export type { Holder, Left, Reached, Whom } from './lifecycle/erasure/holder.js';
export type { LegalHold } from './lifecycle/hold/legalHold.js';
export type { HoldRequest, LegalHolds } from './lifecycle/hold/legalHolds.js';
export type { RetentionRun } from './lifecycle/retention/outcome.js';
export type { Plan } from './lifecycle/retention/plan.js';
export {
  cleanupExpiredAuditLogs,
  isSchedulerRunning,
  startAuditLogCleanupScheduler,
  stopAuditLogCleanupScheduler,
} from './lifecycle/retention/publicNames.js';
export type { Retention, RetentionPlan } from './lifecycle/retention/retention.js';
export { defineSetting, type Setting, type SettingDefinition } from './settings/setting.js';
