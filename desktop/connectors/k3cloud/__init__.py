"""Kingdee K/3 Cloud: client.py the wire, connector.py the protocol, the rest pure functions between the two."""
