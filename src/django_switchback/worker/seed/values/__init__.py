"""Values for columns, by the field class, the type and the name."""
