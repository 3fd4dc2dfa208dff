-- CreateTable
CREATE TABLE "ConversationTurn" (
    "tenant" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,
    "asked" TEXT NOT NULL,
    "answered" TEXT NOT NULL,

    CONSTRAINT "ConversationTurn_pkey" PRIMARY KEY ("tenant","address","chatId","number")
);

-- CreateTable
CREATE TABLE "AssistantUsage" (
    "tenant" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,

    CONSTRAINT "AssistantUsage_pkey" PRIMARY KEY ("tenant","address","day")
);

-- CreateTable
CREATE TABLE "AssistantReservation" (
    "tenant" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cost" BIGINT NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "AssistantReservation_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "AssistantNotice" (
    "tenant" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "AssistantNotice_pkey" PRIMARY KEY ("tenant","what","address")
);

-- CreateIndex
CREATE INDEX "ConversationTurn_tenant_at_idx" ON "ConversationTurn"("tenant", "at");

-- CreateIndex
CREATE INDEX "AssistantUsage_tenant_day_idx" ON "AssistantUsage"("tenant", "day");
