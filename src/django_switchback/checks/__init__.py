"""The checks of the suite beside the rehearsal: judged from evidence, gathered, and shown as one table."""
