-- CreateTable
CREATE TABLE "User" (
    "tenant" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "name" TEXT,
    "role" TEXT NOT NULL DEFAULT 'USER',
    "active" BOOLEAN NOT NULL DEFAULT true,
    "listed" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" BIGINT NOT NULL,
    "updatedAt" BIGINT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "LidLink" (
    "tenant" TEXT NOT NULL,
    "lid" TEXT NOT NULL,
    "phone" TEXT NOT NULL,
    "trusted" BOOLEAN NOT NULL,
    "learnedAt" BIGINT NOT NULL,

    CONSTRAINT "LidLink_pkey" PRIMARY KEY ("tenant","lid")
);

-- CreateTable
CREATE TABLE "Setting" (
    "tenant" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "updatedAt" BIGINT NOT NULL,

    CONSTRAINT "Setting_pkey" PRIMARY KEY ("tenant","key")
);

-- CreateTable
CREATE TABLE "LimitState" (
    "tenant" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "emptyAt" BIGINT NOT NULL,
    "toldAt" BIGINT NOT NULL,

    CONSTRAINT "LimitState_pkey" PRIMARY KEY ("tenant","key")
);

-- CreateTable
CREATE TABLE "InboxMessage" (
    "tenant" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "InboxMessage_pkey" PRIMARY KEY ("tenant","key")
);

-- CreateTable
CREATE TABLE "InstallationSecret" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "InstallationSecret_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "SavedSearch" (
    "tenant" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "createdAt" BIGINT NOT NULL,

    CONSTRAINT "SavedSearch_pkey" PRIMARY KEY ("tenant","owner","name")
);

-- CreateTable
CREATE TABLE "Watch" (
    "tenant" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "startedAt" BIGINT NOT NULL,
    "until" BIGINT NOT NULL,

    CONSTRAINT "Watch_pkey" PRIMARY KEY ("tenant","chatId")
);

-- CreateIndex
CREATE INDEX "User_tenant_role_idx" ON "User"("tenant", "role");

-- CreateIndex
CREATE UNIQUE INDEX "User_tenant_address_key" ON "User"("tenant", "address");

-- CreateIndex
CREATE INDEX "LidLink_tenant_phone_idx" ON "LidLink"("tenant", "phone");

-- CreateIndex
CREATE INDEX "LimitState_tenant_emptyAt_idx" ON "LimitState"("tenant", "emptyAt");

-- CreateIndex
CREATE INDEX "InboxMessage_tenant_at_idx" ON "InboxMessage"("tenant", "at");
