#!/bin/sh
# Usage: scripts/test_migration_rollback.sh APP MIGRATION, for instance blog 0007
exec python "$(dirname "$0")/test_migrations.py" --migration "${1:?APP is missing}.${2:?MIGRATION is missing}"
