"""The reference of features: pages in Markdown, and a picture of each feature over recorded bars."""
