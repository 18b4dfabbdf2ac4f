"""What is said about a study, then how it is drawn; reads findings, never answers, and opens no database."""

from reports.brand import brand_report_filename, compose_brand_report
from reports.cards import cards_filename, compose_cards
from reports.category_report import category_report_filename, compose_category_report
from reports.companion import document_json, document_workbook
from reports.pdf import render_pdf
from reports.study_report import compose_study_report, study_report_filename
from reports.webpage import web_article
from reports.wording import languages

__all__ = [
    "brand_report_filename",
    "cards_filename",
    "category_report_filename",
    "compose_brand_report",
    "compose_cards",
    "compose_category_report",
    "compose_study_report",
    "document_json",
    "document_workbook",
    "languages",
    "render_pdf",
    "study_report_filename",
    "web_article",
]
