"""WeCom: so far its group robot only."""
