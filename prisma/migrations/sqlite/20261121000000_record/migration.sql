-- CreateTable
CREATE TABLE "AuditLog" (
    "tenant" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "v" INTEGER NOT NULL,
    "id" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "category" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "actorType" TEXT NOT NULL,
    "entityType" TEXT,
    "channel" TEXT NOT NULL,
    "actorCommitment" TEXT NOT NULL,
    "restCommitment" TEXT NOT NULL,
    "actorId" TEXT,
    "actorPhone" TEXT,
    "actorName" TEXT,
    "actorRole" TEXT,
    "ip" TEXT,
    "userAgent" TEXT,
    "scopes" TEXT,
    "entityId" TEXT,
    "description" TEXT,
    "reason" TEXT,
    "metadata" TEXT,
    "before" TEXT,
    "after" TEXT,
    "error" TEXT,
    "chatId" TEXT,
    "messageKey" TEXT,
    "requestId" TEXT,
    "route" TEXT,
    "method" TEXT,
    "status" BIGINT,
    "actorSalt" BLOB,
    "restSalt" BLOB,
    "leaf" BLOB NOT NULL,
    "erasedAt" BIGINT,

    PRIMARY KEY ("tenant", "seq")
);

-- CreateTable
CREATE TABLE "Ledger" (
    "tenant" TEXT NOT NULL PRIMARY KEY,
    "origin" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "vkeys" TEXT NOT NULL,
    "anchorSize" BIGINT NOT NULL DEFAULT 0,
    "anchorHashes" TEXT NOT NULL DEFAULT '',
    "createdAt" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "LedgerCheckpoint" (
    "tenant" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,
    "edge" TEXT NOT NULL,
    "note" TEXT NOT NULL,

    PRIMARY KEY ("tenant", "size")
);

-- CreateTable
CREATE TABLE "LedgerStatement" (
    "tenant" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,
    "note" TEXT NOT NULL,

    PRIMARY KEY ("tenant", "kind", "number")
);

-- CreateTable
CREATE TABLE "LedgerConsistency" (
    "tenant" TEXT NOT NULL,
    "from" BIGINT NOT NULL,
    "to" BIGINT NOT NULL,
    "path" TEXT NOT NULL,

    PRIMARY KEY ("tenant", "from")
);

-- CreateTable
CREATE TABLE "Lease" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "until" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Installation" (
    "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT DEFAULT 1,
    "id" TEXT NOT NULL,
    "instance" TEXT NOT NULL,
    "createdAt" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "AuditGate" (
    "tenant" TEXT NOT NULL PRIMARY KEY,
    "purpose" TEXT NOT NULL,
    "closedBy" INTEGER NOT NULL,
    CONSTRAINT "AuditGate_closedBy_fkey" FOREIGN KEY ("closedBy") REFERENCES "AuditGateNever" ("key") ON DELETE RESTRICT ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED
);

-- CreateTable
CREATE TABLE "AuditGateNever" (
    "key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT CHECK ("key" <> "key")
);

-- CreateIndex
CREATE UNIQUE INDEX "AuditLog_id_key" ON "AuditLog"("id");

-- CreateIndex
CREATE INDEX "AuditLog_tenant_category_seq_idx" ON "AuditLog"("tenant", "category", "seq");

-- CreateIndex
CREATE INDEX "AuditLog_tenant_action_seq_idx" ON "AuditLog"("tenant", "action", "seq");

-- CreateIndex
CREATE INDEX "AuditLog_tenant_actorPhone_seq_idx" ON "AuditLog"("tenant", "actorPhone", "seq");

-- CreateIndex
CREATE INDEX "AuditLog_tenant_entityId_seq_idx" ON "AuditLog"("tenant", "entityId", "seq");
