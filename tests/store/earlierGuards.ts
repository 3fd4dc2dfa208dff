import type { Database } from '../../src/config/database.js';

/** What guards were before only retention could move the anchor, and before a server asked once for all rows. */
export const EARLIER_GUARDS: Record<Database['kind'], string[]> = {
  sqlite: [
    `CREATE TRIGGER "Ledger_update_guard" BEFORE UPDATE ON "Ledger"
WHEN NEW."tenant" IS NOT OLD."tenant" OR NEW."origin" IS NOT OLD."origin"
  OR NEW."size" < OLD."size" OR NEW."anchorSize" < OLD."anchorSize" OR NEW.rowid IS NOT OLD.rowid
  OR NOT (NEW."vkeys" IS OLD."vkeys"
    OR substr(NEW."vkeys", 1, length(OLD."vkeys") + 1) IS OLD."vkeys" || char(10))
BEGIN
  SELECT RAISE(ABORT, 'Ledger only grows: its size, anchor and keys never go back, its origin never changes');
END;`,
  ],
  postgresql: [
    `CREATE OR REPLACE FUNCTION "reeve_ledger_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW."tenant" = OLD."tenant" AND NEW."origin" = OLD."origin"
    AND NEW."size" >= OLD."size" AND NEW."anchorSize" >= OLD."anchorSize"
    AND (NEW."vkeys" = OLD."vkeys"
      OR substr(NEW."vkeys", 1, length(OLD."vkeys") + 1) = OLD."vkeys" || chr(10))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Ledger only grows: its head is never deleted, its size, anchor and keys never go back';
END $$;`,
    `CREATE OR REPLACE FUNCTION "reeve_delete_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
DECLARE
  gate_is_open boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %1$I."AuditGate" g JOIN %1$I."Ledger" l ON l."tenant" = g."tenant" '
    'WHERE g."tenant" = $1 AND g."purpose" = ''retention'' AND l."anchorSize" >= $2)', TG_TABLE_SCHEMA)
    INTO gate_is_open USING OLD."tenant", OLD."seq";
  IF gate_is_open THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'AuditLog is append-only: an entry is never deleted; only retention may remove entries below the anchor';
END $$;`,
    `CREATE OR REPLACE TRIGGER "AuditLog_delete_guard" BEFORE DELETE ON "AuditLog" FOR EACH ROW EXECUTE FUNCTION "reeve_delete_guard"();`,
  ],
};
