"""One module a format, each with a function render."""
