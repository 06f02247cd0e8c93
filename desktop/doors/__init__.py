"""main.py's own rooms: the command line and the demo. They may open what main.py may open."""
