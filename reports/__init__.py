"""What is said about a study, then how it is drawn; reads findings, never answers, and opens no database."""

from reports.brand import brand_report_filename, compose_brand_report
from reports.pdf import render_pdf
from reports.wording import languages

__all__ = ["brand_report_filename", "compose_brand_report", "languages", "render_pdf"]
