"""Building what customers install. Not part of the program."""
