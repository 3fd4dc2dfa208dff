-- Append-only, enforced by the database itself. Retention and erasure come through only inside a transaction
-- that holds a row in AuditGate, which cannot outlive that transaction. One statement ends at each line "--;".
-- Whoever may run DDL or PRAGMA can remove these; `reeve verify` is what finds what they did then.

-- Also stops INSERT OR REPLACE, which would delete the old row without asking the DELETE trigger.
CREATE TRIGGER "AuditLog_insert_guard" BEFORE INSERT ON "AuditLog"
WHEN EXISTS (SELECT 1 FROM "AuditLog" WHERE "tenant" = NEW."tenant" AND "seq" = NEW."seq")
  OR EXISTS (SELECT 1 FROM "AuditLog" WHERE "id" = NEW."id")
  OR EXISTS (SELECT 1 FROM "AuditLog" WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'AuditLog is append-only: this number or id is already in the ledger');
END;
--;
CREATE TRIGGER "AuditLog_update_guard" BEFORE UPDATE ON "AuditLog"
WHEN NOT (
  EXISTS (SELECT 1 FROM "AuditGate" WHERE "tenant" = OLD."tenant" AND "purpose" = 'erasure')
  AND NEW."erasedAt" IS NOT NULL
  AND NEW."tenant" IS OLD."tenant" AND NEW."seq" IS OLD."seq" AND NEW."v" IS OLD."v" AND
  NEW."id" IS OLD."id" AND NEW."at" IS OLD."at" AND NEW."category" IS OLD."category" AND
  NEW."action" IS OLD."action" AND NEW."verb" IS OLD."verb" AND NEW."outcome" IS OLD."outcome" AND
  NEW."actorType" IS OLD."actorType" AND NEW."entityType" IS OLD."entityType" AND
  NEW."channel" IS OLD."channel" AND NEW."actorCommitment" IS OLD."actorCommitment" AND
  NEW."restCommitment" IS OLD."restCommitment" AND NEW."leaf" IS OLD."leaf"
  AND ((NEW."actorId" IS OLD."actorId" AND NEW."actorPhone" IS OLD."actorPhone" AND
    NEW."actorName" IS OLD."actorName" AND NEW."actorRole" IS OLD."actorRole" AND
    NEW."ip" IS OLD."ip" AND NEW."userAgent" IS OLD."userAgent" AND NEW."scopes" IS OLD."scopes" AND
    NEW."actorSalt" IS OLD."actorSalt")
    OR (NEW."actorId" IS NULL AND NEW."actorPhone" IS NULL AND NEW."actorName" IS NULL AND
    NEW."actorRole" IS NULL AND NEW."ip" IS NULL AND NEW."userAgent" IS NULL AND
    NEW."scopes" IS NULL AND NEW."actorSalt" IS NULL))
  AND ((NEW."entityId" IS OLD."entityId" AND NEW."description" IS OLD."description" AND
    NEW."reason" IS OLD."reason" AND NEW."metadata" IS OLD."metadata" AND
    NEW."before" IS OLD."before" AND NEW."after" IS OLD."after" AND NEW."error" IS OLD."error" AND
    NEW."chatId" IS OLD."chatId" AND NEW."messageKey" IS OLD."messageKey" AND
    NEW."requestId" IS OLD."requestId" AND NEW."route" IS OLD."route" AND
    NEW."method" IS OLD."method" AND NEW."status" IS OLD."status" AND NEW."restSalt" IS OLD."restSalt")
    OR (NEW."entityId" IS NULL AND NEW."description" IS NULL AND NEW."reason" IS NULL AND
    NEW."metadata" IS NULL AND NEW."before" IS NULL AND NEW."after" IS NULL AND NEW."error" IS NULL AND
    NEW."chatId" IS NULL AND NEW."messageKey" IS NULL AND NEW."requestId" IS NULL AND
    NEW."route" IS NULL AND NEW."method" IS NULL AND NEW."status" IS NULL AND NEW."restSalt" IS NULL))
)
BEGIN
  SELECT RAISE(ABORT, 'AuditLog is append-only: an entry is never changed; only erasure may empty its private parts');
END;
--;
CREATE TRIGGER "AuditLog_delete_guard" BEFORE DELETE ON "AuditLog"
WHEN NOT (
  EXISTS (SELECT 1 FROM "AuditGate" WHERE "tenant" = OLD."tenant" AND "purpose" = 'retention')
  AND OLD."seq" <= (SELECT "anchorSize" FROM "Ledger" WHERE "tenant" = OLD."tenant")
)
BEGIN
  SELECT RAISE(ABORT, 'AuditLog is append-only: an entry is never deleted; only retention may remove entries below the anchor');
END;
--;
CREATE TRIGGER "Ledger_update_guard" BEFORE UPDATE ON "Ledger"
WHEN NEW."tenant" IS NOT OLD."tenant" OR NEW."origin" IS NOT OLD."origin"
  OR NEW."size" < OLD."size" OR NEW."anchorSize" < OLD."anchorSize" OR NEW.rowid IS NOT OLD.rowid
  OR NOT (NEW."vkeys" IS OLD."vkeys"
    OR substr(NEW."vkeys", 1, length(OLD."vkeys") + 1) IS OLD."vkeys" || char(10))
  OR ((NEW."anchorSize" IS NOT OLD."anchorSize" OR NEW."anchorHashes" IS NOT OLD."anchorHashes")
    AND NOT EXISTS (SELECT 1 FROM "AuditGate" WHERE "tenant" = OLD."tenant" AND "purpose" = 'retention'))
BEGIN
  SELECT RAISE(ABORT, 'Ledger only grows: its size and keys never go back, only retention moves its anchor on, its origin never changes');
END;
--;
CREATE TRIGGER "Ledger_delete_guard" BEFORE DELETE ON "Ledger"
BEGIN
  SELECT RAISE(ABORT, 'Ledger only grows: its head is never deleted');
END;
--;
CREATE TRIGGER "LedgerCheckpoint_update_guard" BEFORE UPDATE ON "LedgerCheckpoint"
BEGIN
  SELECT RAISE(ABORT, 'LedgerCheckpoint is append-only: what was signed stays');
END;
--;
CREATE TRIGGER "LedgerCheckpoint_delete_guard" BEFORE DELETE ON "LedgerCheckpoint"
BEGIN
  SELECT RAISE(ABORT, 'LedgerCheckpoint is append-only: what was signed stays');
END;
--;
CREATE TRIGGER "LedgerCheckpoint_insert_guard" BEFORE INSERT ON "LedgerCheckpoint"
WHEN EXISTS (SELECT 1 FROM "LedgerCheckpoint" WHERE "tenant" = NEW."tenant" AND "size" = NEW."size")
  OR EXISTS (SELECT 1 FROM "LedgerCheckpoint" WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'LedgerCheckpoint is append-only: this one is already there');
END;
--;
CREATE TRIGGER "LedgerStatement_update_guard" BEFORE UPDATE ON "LedgerStatement"
BEGIN
  SELECT RAISE(ABORT, 'LedgerStatement is append-only: what was signed stays');
END;
--;
CREATE TRIGGER "LedgerStatement_delete_guard" BEFORE DELETE ON "LedgerStatement"
BEGIN
  SELECT RAISE(ABORT, 'LedgerStatement is append-only: what was signed stays');
END;
--;
CREATE TRIGGER "LedgerStatement_insert_guard" BEFORE INSERT ON "LedgerStatement"
WHEN EXISTS (SELECT 1 FROM "LedgerStatement" WHERE "tenant" = NEW."tenant" AND "kind" = NEW."kind" AND "number" = NEW."number")
  OR EXISTS (SELECT 1 FROM "LedgerStatement" WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'LedgerStatement is append-only: this one is already there');
END;
--;
CREATE TRIGGER "Ledger_insert_guard" BEFORE INSERT ON "Ledger"
WHEN EXISTS (SELECT 1 FROM "Ledger" WHERE "tenant" = NEW."tenant")
  OR EXISTS (SELECT 1 FROM "Ledger" WHERE rowid = NEW.rowid)
BEGIN
  SELECT RAISE(ABORT, 'Ledger only grows: this head is already there');
END;
