"""One document, written as web page, PDF, workbook and Word file."""
