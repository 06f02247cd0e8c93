"""DanQiao: a bridge between an ERP's bills and an OA's approvals."""

VERSION = "0.1.0"
