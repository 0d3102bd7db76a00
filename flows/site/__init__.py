"""Stage feed, its last step: the pages of a static reference site, made from a feed, and a server for a look at them."""
