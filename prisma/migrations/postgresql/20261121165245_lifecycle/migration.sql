-- CreateTable
CREATE TABLE "JobRun" (
    "tenant" TEXT NOT NULL,
    "job" TEXT NOT NULL,
    "startedAt" BIGINT NOT NULL,
    "endedAt" BIGINT,
    "outcome" TEXT,
    "detail" TEXT NOT NULL,
    "toldAt" BIGINT,

    CONSTRAINT "JobRun_pkey" PRIMARY KEY ("tenant","job")
);

-- CreateTable
CREATE TABLE "LegalHold" (
    "tenant" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "LegalHold_pkey" PRIMARY KEY ("tenant","id")
);

-- CreateTable
CREATE TABLE "PendingErasure" (
    "tenant" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "seq" BIGINT,
    "ranges" TEXT NOT NULL,
    "startedAt" BIGINT NOT NULL,

    CONSTRAINT "PendingErasure_pkey" PRIMARY KEY ("tenant","id")
);
