"""Let the database keep the search column up to date.

Purpose: a trigger fills ``search_vector`` whenever a name or the description is written, by whatever way:
the admin, a bulk import, or SQL. PostgreSQL only; elsewhere this migration does nothing.

Risks: writing a species costs a little more. The description is indexed up to 100 000 characters, since
PostgreSQL refuses a text vector of more than 1 MB and no species may be refused for its length.

Rollback: drops the trigger and its function; what was written to the column stays, and goes stale.

Backup: none needed.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CREATE_FUNCTION = """
CREATE FUNCTION plant_identification_species_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_vector :=
        setweight(to_tsvector('simple', NEW.scientific_name), 'A') ||
        setweight(to_tsvector('simple', NEW.common_name), 'B') ||
        setweight(to_tsvector('english', left(NEW.description, 100000)), 'C');
    RETURN NEW;
END
$$
"""
CREATE_TRIGGER = """
CREATE TRIGGER plant_identification_species_search
BEFORE INSERT OR UPDATE OF scientific_name, common_name, description ON plant_identification_species
FOR EACH ROW EXECUTE FUNCTION plant_identification_species_search()
"""


def create_trigger(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE_FUNCTION)
        schema_editor.execute(CREATE_TRIGGER)


def drop_trigger(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER plant_identification_species_search ON plant_identification_species"
        )
        schema_editor.execute("DROP FUNCTION plant_identification_species_search()")


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0009_species_search_vector")]

    operations = [migrations.RunPython(create_trigger, drop_trigger)]
