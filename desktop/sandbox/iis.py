"""What both Kingdee products have in common with any site behind IIS: its error pages, and the time that every answer tells."""

from __future__ import annotations

from email.utils import format_datetime

from flask import Flask, Response

from desktop.sandbox.erp import Erp


def error_page(title: str) -> str:
    """An error as IIS words it: a page, where the caller hoped for JSON."""
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


def behind_iis(app: Flask, erp: Erp) -> None:
    """404 for whatever the app does not know; the Date header goes by the world's clock, so that a test can set it wrong."""

    @app.errorhandler(404)
    @app.errorhandler(405)
    def not_found(_error: Exception) -> tuple[str, int]:
        return error_page("404 - 找不到文件或目录。"), 404

    @app.after_request
    def date(response: Response) -> Response:
        response.headers["Date"] = format_datetime(erp.now(), usegmt=True)
        return response
