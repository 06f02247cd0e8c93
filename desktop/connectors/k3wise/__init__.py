"""Kingdee K/3 WISE, by its K3API (the API platform)."""
