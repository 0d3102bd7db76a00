"""Amounts that CMS published: its payment amount files and tables of amounts, as claims that `pfs verify` compares."""
