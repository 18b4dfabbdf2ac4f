# usage: Rscript ordinal.R (in this folder): cumulative-logit regression by MASS::polr, q01 of sim4c on four items and
# the country, on rows without careless answers; writes ../sim4c/polr.json.
library(MASS)
rows <- read.csv("../sim4c/data.csv", na.strings = c("", "NA"))
rows <- rows[rows$truth_careless == "none", ]
rows <- rows[complete.cases(rows[, c("q01", "q02", "q05", "q08", "q11", "country")]), ]
model <- polr(factor(q01) ~ q02 + q05 + q08 + q11 + country, rows, Hess = TRUE, control = list(reltol = 1e-16, maxit = 1000))
found <- summary(model)$coefficients
numbers <- function(x) paste0("[", paste(sprintf("%.12g", x), collapse = ", "), "]")
writeLines(c(
  "{",
  sprintf('"what": "MASS::polr(factor(q01) ~ q02 + q05 + q08 + q11 + country), rows with truth_careless none",'),
  sprintf('"coefficients": %s,', numbers(found[, "Value"])),
  sprintf('"errors": %s,', numbers(found[, "Std. Error"])),
  sprintf('"log_likelihood": %s', sprintf("%.12g", as.numeric(logLik(model)))),
  "}"
), "../sim4c/polr.json")
