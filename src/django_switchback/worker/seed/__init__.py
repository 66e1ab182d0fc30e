"""Seeds rows through the historical models of a migration state: valid rows that exercise migrations."""
