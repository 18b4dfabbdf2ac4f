"""From answers to what people read: exports, analyses, tables, drawings, documents. Knows no Flask."""
