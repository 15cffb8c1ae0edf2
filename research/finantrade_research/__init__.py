"""The research layer beside the daemon: it may import `finantrade`, never the other way round."""
