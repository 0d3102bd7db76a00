"""The site's own words about codes: small Markdown files, one a code, read and validated."""
