"""Constants by which the code of a data migration chooses rows, as values for the columns that it reads."""
