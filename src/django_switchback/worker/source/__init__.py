"""What the source code of migrations says, read from its syntax tree."""
