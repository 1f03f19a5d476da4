"""How the site of the documentation is built: `make docs`. Nothing in it is fetched from elsewhere."""

project = "Backstop"
html_title = "Backstop"
author = "The Backstop project"

extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["reference/schemas"]
myst_heading_anchors = 4
nitpicky = True

html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_extra_path = ["reference/schemas"]
highlight_language = "none"
