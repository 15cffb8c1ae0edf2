"""The tear sheet: one kept run as one HTML file that needs nothing beside it, to be read, printed or sent."""
