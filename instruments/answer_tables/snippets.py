"""Scripts that read an answer table in R and in Python, to lie beside it; runs none of them."""

from __future__ import annotations

from pathlib import Path
from string import Template

from instruments.answer_tables.codebook import Codebook

_FOLDER = Path(__file__).parent / "scripts"
_PYTHON = {
    "csv": """\
raw = pd.read_csv(FOLDER / "{file}", dtype=dict.fromkeys(words, str), keep_default_na=False, na_values=[""])
for name in words:  # an apostrophe keeps spreadsheets from running text as a formula
    raw[name] = raw[name].str.replace(r"^'('*[=+\\-@\\t\\r\\0])", r"\\1", regex=True)
""",
    "parquet": 'raw = pd.read_parquet(FOLDER / "{file}")\n',
    "xlsx": """\
raw = pd.read_excel(FOLDER / "{file}", sheet_name="answers", dtype=dict.fromkeys(words, str), keep_default_na=False,
                    na_values=[""])
""",
}
_R = {
    "csv": """\
header <- names(read.csv("{file}", nrows = 1, check.names = FALSE, fileEncoding = "UTF-8"))
classes <- ifelse(header %in% words, "character", NA)
raw <- read.csv("{file}", colClasses = classes, na.strings = "", check.names = FALSE, fileEncoding = "UTF-8")
for (name in words) {{ # an apostrophe keeps spreadsheets from running text as a formula
  raw[[name]] <- sub("^'('*[=+@\\t\\r-])", "\\\\1", raw[[name]])
}}
""",
    "parquet": 'raw <- as.data.frame(arrow::read_parquet("{file}"))\n',
    "xlsx": 'raw <- as.data.frame(readxl::read_excel("{file}", sheet = "answers", guess_max = 1e5))\n',
    "sav": 'raw <- read_sav("{file}", user_na = TRUE)\nanswers <- read_sav("{file}")\n',
    "dta": 'raw <- read_dta("{file}") # na_tag() tells the missing ones apart\nanswers <- zap_missing(raw)\n',
}


def reading_scripts(codebook: Codebook, file: str, codebook_file: str, form: str, language: str) -> dict[str, str]:
    """Write the scripts that read a table.

    Parameters
    ----------
    codebook : Codebook
        What the table holds.
    file, codebook_file : str
        Names of the table, and of its codebook without ``.csv`` or ``.json``; in the scripts' own folder.
    form : str
        Format of the table.
    language : str
        Of the labels.

    Returns
    -------
    dict of str to str
        A Python and an R script by the end of their names, ``.py`` and ``.R``.
    """
    kind = "statistics" if form in ("sav", "dta") else "codes"
    said = {"file": file, "study": codebook.study, "codebook": codebook_file, "language": language}
    scripts = {}
    for ending, reads in ((".py", _PYTHON), (".R", _R)):
        read = reads.get(form, "").format(file=file).rstrip()
        template = Template((_FOLDER / f"{kind}{ending}.txt").read_text(encoding="utf-8"))
        scripts[ending] = template.substitute(said, read=read, function=f"read_{form}")
    return scripts
