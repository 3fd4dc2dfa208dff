import type { Database } from '../../src/config/database.js';

/** What the guards of the head were before only retention could move its anchor. */
export const EARLIER_LEDGER_GUARD: Record<Database['kind'], string> = {
  sqlite: `CREATE TRIGGER "Ledger_update_guard" BEFORE UPDATE ON "Ledger"
WHEN NEW."tenant" IS NOT OLD."tenant" OR NEW."origin" IS NOT OLD."origin"
  OR NEW."size" < OLD."size" OR NEW."anchorSize" < OLD."anchorSize" OR NEW.rowid IS NOT OLD.rowid
  OR NOT (NEW."vkeys" IS OLD."vkeys"
    OR substr(NEW."vkeys", 1, length(OLD."vkeys") + 1) IS OLD."vkeys" || char(10))
BEGIN
  SELECT RAISE(ABORT, 'Ledger only grows: its size, anchor and keys never go back, its origin never changes');
END;`,
  postgresql: `CREATE OR REPLACE FUNCTION "reeve_ledger_guard"() RETURNS trigger LANGUAGE plpgsql SET search_path TO 'pg_catalog', 'pg_temp' AS $$
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
};
