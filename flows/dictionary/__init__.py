"""The dictionary of a warehouse: what every table, view, column and macro means, and where its values come from."""
