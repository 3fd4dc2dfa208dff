-- Append-only, enforced by the database itself. Retention and erasure come through only inside a transaction
-- that holds a row in AuditGate, which cannot outlive that transaction. One statement ends at each line "--;".
-- A superuser can switch these off; `reeve verify` is what finds what was done then.
--
-- The functions fix their search path and name the schema of the table they guard: otherwise anybody could put a
-- temporary table called "AuditGate" in front of the real one, or an operator of his own in front of "=".

CREATE OR REPLACE FUNCTION "reeve_update_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
DECLARE
  gate_is_open boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I."AuditGate" WHERE "tenant" = $1 AND "purpose" = ''erasure'')', TG_TABLE_SCHEMA)
    INTO gate_is_open USING OLD."tenant";
  IF gate_is_open
    AND NEW."erasedAt" IS NOT NULL
    AND NEW."tenant" IS NOT DISTINCT FROM OLD."tenant" AND NEW."seq" IS NOT DISTINCT FROM OLD."seq" AND
    NEW."v" IS NOT DISTINCT FROM OLD."v" AND NEW."id" IS NOT DISTINCT FROM OLD."id" AND
    NEW."at" IS NOT DISTINCT FROM OLD."at" AND NEW."category" IS NOT DISTINCT FROM OLD."category" AND
    NEW."action" IS NOT DISTINCT FROM OLD."action" AND NEW."verb" IS NOT DISTINCT FROM OLD."verb" AND
    NEW."outcome" IS NOT DISTINCT FROM OLD."outcome" AND
    NEW."actorType" IS NOT DISTINCT FROM OLD."actorType" AND
    NEW."entityType" IS NOT DISTINCT FROM OLD."entityType" AND
    NEW."channel" IS NOT DISTINCT FROM OLD."channel" AND
    NEW."actorCommitment" IS NOT DISTINCT FROM OLD."actorCommitment" AND
    NEW."restCommitment" IS NOT DISTINCT FROM OLD."restCommitment" AND
    NEW."leaf" IS NOT DISTINCT FROM OLD."leaf"
    AND ((NEW."actorId" IS NOT DISTINCT FROM OLD."actorId" AND
      NEW."actorPhone" IS NOT DISTINCT FROM OLD."actorPhone" AND
      NEW."actorName" IS NOT DISTINCT FROM OLD."actorName" AND
      NEW."actorRole" IS NOT DISTINCT FROM OLD."actorRole" AND
      NEW."ip" IS NOT DISTINCT FROM OLD."ip" AND
      NEW."userAgent" IS NOT DISTINCT FROM OLD."userAgent" AND
      NEW."scopes" IS NOT DISTINCT FROM OLD."scopes" AND
      NEW."actorSalt" IS NOT DISTINCT FROM OLD."actorSalt")
      OR (NEW."actorId" IS NULL AND NEW."actorPhone" IS NULL AND NEW."actorName" IS NULL AND
      NEW."actorRole" IS NULL AND NEW."ip" IS NULL AND NEW."userAgent" IS NULL AND
      NEW."scopes" IS NULL AND NEW."actorSalt" IS NULL))
    AND ((NEW."entityId" IS NOT DISTINCT FROM OLD."entityId" AND
      NEW."description" IS NOT DISTINCT FROM OLD."description" AND
      NEW."reason" IS NOT DISTINCT FROM OLD."reason" AND
      NEW."metadata" IS NOT DISTINCT FROM OLD."metadata" AND
      NEW."before" IS NOT DISTINCT FROM OLD."before" AND
      NEW."after" IS NOT DISTINCT FROM OLD."after" AND NEW."error" IS NOT DISTINCT FROM OLD."error" AND
      NEW."chatId" IS NOT DISTINCT FROM OLD."chatId" AND
      NEW."messageKey" IS NOT DISTINCT FROM OLD."messageKey" AND
      NEW."requestId" IS NOT DISTINCT FROM OLD."requestId" AND
      NEW."route" IS NOT DISTINCT FROM OLD."route" AND
      NEW."method" IS NOT DISTINCT FROM OLD."method" AND
      NEW."status" IS NOT DISTINCT FROM OLD."status" AND
      NEW."restSalt" IS NOT DISTINCT FROM OLD."restSalt")
      OR (NEW."entityId" IS NULL AND NEW."description" IS NULL AND NEW."reason" IS NULL AND
      NEW."metadata" IS NULL AND NEW."before" IS NULL AND NEW."after" IS NULL AND
      NEW."error" IS NULL AND NEW."chatId" IS NULL AND NEW."messageKey" IS NULL AND
      NEW."requestId" IS NULL AND NEW."route" IS NULL AND NEW."method" IS NULL AND
      NEW."status" IS NULL AND NEW."restSalt" IS NULL))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'AuditLog is append-only: an entry is never changed; only erasure may empty its private parts';
END $$;
--;
-- Asked once for all rows of a statement: asked for each, it would take most of the time of a deletion.
CREATE OR REPLACE FUNCTION "reeve_delete_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
DECLARE
  one_is_not_due boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM gone WHERE NOT EXISTS ('
    'SELECT 1 FROM %1$I."AuditGate" g JOIN %1$I."Ledger" l ON l."tenant" = g."tenant" '
    'WHERE g."tenant" = gone."tenant" AND g."purpose" = ''retention'' AND l."anchorSize" >= gone."seq"))', TG_TABLE_SCHEMA)
    INTO one_is_not_due;
  IF NOT one_is_not_due THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'AuditLog is append-only: an entry is never deleted; only retention may remove entries below the anchor';
END $$;
--;
CREATE OR REPLACE FUNCTION "reeve_ledger_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
DECLARE
  anchor_may_move boolean := true;
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW."anchorSize" IS DISTINCT FROM OLD."anchorSize"
    OR NEW."anchorHashes" IS DISTINCT FROM OLD."anchorHashes")
  THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I."AuditGate" WHERE "tenant" = $1 AND "purpose" = ''retention'')', TG_TABLE_SCHEMA)
      INTO anchor_may_move USING OLD."tenant";
  END IF;
  IF TG_OP = 'UPDATE' AND anchor_may_move AND NEW."tenant" = OLD."tenant" AND NEW."origin" = OLD."origin"
    AND NEW."size" >= OLD."size" AND NEW."anchorSize" >= OLD."anchorSize"
    AND (NEW."vkeys" = OLD."vkeys"
      OR substr(NEW."vkeys", 1, length(OLD."vkeys") + 1) = OLD."vkeys" || chr(10))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Ledger only grows: its head is never deleted, its size and keys never go back, only retention moves its anchor on';
END $$;
--;
CREATE OR REPLACE FUNCTION "reeve_refuse"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: it is never changed, deleted from or truncated', TG_TABLE_NAME;
END $$;
--;
CREATE OR REPLACE TRIGGER "AuditLog_update_guard" BEFORE UPDATE ON "AuditLog" FOR EACH ROW EXECUTE FUNCTION "reeve_update_guard"();
--;
CREATE OR REPLACE TRIGGER "AuditLog_delete_guard" AFTER DELETE ON "AuditLog" REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION "reeve_delete_guard"();
--;
CREATE OR REPLACE TRIGGER "AuditLog_truncate_guard" BEFORE TRUNCATE ON "AuditLog" FOR EACH STATEMENT EXECUTE FUNCTION "reeve_refuse"();
--;
CREATE OR REPLACE TRIGGER "Ledger_update_guard" BEFORE UPDATE ON "Ledger" FOR EACH ROW EXECUTE FUNCTION "reeve_ledger_guard"();
--;
CREATE OR REPLACE TRIGGER "Ledger_delete_guard" BEFORE DELETE ON "Ledger" FOR EACH ROW EXECUTE FUNCTION "reeve_ledger_guard"();
--;
CREATE OR REPLACE TRIGGER "Ledger_truncate_guard" BEFORE TRUNCATE ON "Ledger" FOR EACH STATEMENT EXECUTE FUNCTION "reeve_refuse"();
--;
CREATE OR REPLACE TRIGGER "LedgerCheckpoint_guard" BEFORE DELETE OR UPDATE ON "LedgerCheckpoint" FOR EACH ROW EXECUTE FUNCTION "reeve_refuse"();
--;
CREATE OR REPLACE TRIGGER "LedgerCheckpoint_truncate_guard" BEFORE TRUNCATE ON "LedgerCheckpoint" FOR EACH STATEMENT EXECUTE FUNCTION "reeve_refuse"();
--;
CREATE OR REPLACE TRIGGER "LedgerStatement_guard" BEFORE DELETE OR UPDATE ON "LedgerStatement" FOR EACH ROW EXECUTE FUNCTION "reeve_refuse"();
--;
CREATE OR REPLACE TRIGGER "LedgerStatement_truncate_guard" BEFORE TRUNCATE ON "LedgerStatement" FOR EACH STATEMENT EXECUTE FUNCTION "reeve_refuse"();
