"""From files to cleaned raw tables: nothing lost, everything counted."""
