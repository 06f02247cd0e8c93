"""Feishu: so far its group robot only."""
