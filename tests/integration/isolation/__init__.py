"""What a rehearsal leaves alone: other databases, the server, files, secrets, what is beside the target."""
