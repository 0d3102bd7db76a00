"""CMS's files beside the releases, read: the classification of codes, the procedure summary, the ZIP code files."""
