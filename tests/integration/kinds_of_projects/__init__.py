"""Projects of every kind: their settings, programs, engines and histories."""
