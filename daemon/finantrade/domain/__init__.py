"""Values only: market facts, orders, account facts, commands. No behaviour beyond arithmetic on themselves."""
