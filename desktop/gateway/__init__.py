"""Where browsers and pushes come in: a small web server beside the engine. Off until somebody switches it on."""
