"""Constants of data migrations as values for rows."""
