"""What was released stands still: the trigger that every part of a version carries."""

import pgtrigger


def frozen(name: str, version_column: str = "version_id") -> pgtrigger.Trigger:
    """Refuse any change of a row whose version has a release, raw SQL included (HOUSE: versions are immutable)."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("row_version", "BIGINT")],
        func=f"""
            IF TG_OP = 'INSERT' THEN row_version := NEW.{version_column};
            ELSE row_version := OLD.{version_column}; END IF;
            IF EXISTS (SELECT 1 FROM procedures_release WHERE version_id = row_version) OR (TG_OP = 'UPDATE'
               AND EXISTS (SELECT 1 FROM procedures_release WHERE version_id = NEW.{version_column})) THEN
                RAISE EXCEPTION 'version % is released and cannot be changed', row_version USING ERRCODE = '23001';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )
