"""The phases of a part: from an empty database to head, the walk, the unwind, the backup."""
