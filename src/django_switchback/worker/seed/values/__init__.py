"""Values for columns, by field class, column type and column name."""
