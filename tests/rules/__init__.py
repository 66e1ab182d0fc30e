"""The rules, over evidence made by hand."""
