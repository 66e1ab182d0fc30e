"""Configure Sphinx for the documentation site: ``nox -s docs`` builds it."""

project = "Switchback"
project_copyright = "the authors of Switchback"
extensions = ["myst_parser"]
root_doc = "index"
# GitHub shows README.md as the index of the folder; the site has a navigation of its own.
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = "Switchback"
html_extra_path = ["evidence.schema.json", "report.schema.json"]
myst_heading_anchors = 3
