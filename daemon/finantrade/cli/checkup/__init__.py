"""What ``finantrade doctor`` looks at, a module for each part of the surroundings."""
