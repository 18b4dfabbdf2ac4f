# What psych 2.2.9 says of the simulated respondents of sim4c where run_open.R does not ask: promax after Kaiser's
# normalisation, principal axes, mixed correlations, the general factor, weights of scores, scores of keyed items.
# cd R && OPENBLAS_NUM_THREADS=1 Rscript run_measure.R
options(warn = 1, digits = 17); suppressPackageStartupMessages({ library(jsonlite); library(psych); library(GPArotation) })
names_of <- function(n) if (is.null(n)) NULL else I(n)
matrix_of <- function(m) { m <- unclass(as.matrix(m)); list(rows = names_of(rownames(m)), cols = names_of(colnames(m)), dim = I(dim(m)), values = unname(m)) }
folder <- file.path("..", "sim4c"); d <- read.csv(file.path(folder, "data.csv")); x <- d[sprintf("q%02d", 1:12)]; R <- cor(x)
# two continuous columns from the answers, so that nothing needs to be drawn
m <- data.frame(x[1:6], warm = rowMeans(x[7:9]) + x$q01 / 7 + x$q02 * sqrt(2) / 5, able = log(1 + rowSums(x[10:12]) + x$q04 * pi / 9))
write.csv(format(m, digits = 17, trim = TRUE), file.path(folder, "mixed.csv"), row.names = FALSE, quote = FALSE)
m <- read.csv(file.path(folder, "mixed.csv"))
quiet <- function(e) { capture.output(r <- suppressWarnings(suppressMessages(e))); r }
promax <- quiet(fa(R, 3, n.obs = nrow(x), fm = "minres", rotate = "promax"))
axes <- quiet(fa(R, 3, n.obs = nrow(x), fm = "pa", rotate = "oblimin", max.iter = 5000, min.err = 1e-12))
general <- quiet(omega(R, 3, fm = "minres", rotate = "oblimin", flip = FALSE, plot = FALSE))
serial <- quiet(sapply(c("warm", "able"), function(y) sapply(1:6, function(j) polyserial(matrix(m[[y]]), matrix(m[[j]])))))
mixed <- quiet(mixedCor(m, c = 7:8, p = 1:6, correct = 0))$rho
fit <- quiet(fa(R, 3, n.obs = nrow(x), fm = "ml", rotate = "oblimin"))
L <- unclass(fit$loadings); Phi <- fit$Phi
scores <- lapply(c(regression = "Thurstone", bartlett = "Bartlett", tenberge = "tenBerge"), function(how) {
  f <- factor.scores(x, L, Phi, method = how); list(weights = matrix_of(f$weights), r_scores = matrix_of(f$r.scores), first = matrix_of(f$scores[1:20, ])) })
keys <- factor2cluster(fit, cut = 0); z <- scale(x)
out <- list(promax = list(loadings = matrix_of(promax$loadings), phi = matrix_of(promax$Phi)),
  principal_axis = list(loadings = matrix_of(axes$loadings), uniquenesses = I(unname(axes$uniquenesses)), phi = matrix_of(axes$Phi)),
  omega = list(omega_h = general$omega_h, omega_t = general$omega.tot, ecv = general$ECV, schmid = matrix_of(general$schmid$sl)),
  mixed = list(polyserial = matrix_of(serial), rho = matrix_of(mixed)),
  scores = c(list(loadings = matrix_of(L), phi = matrix_of(Phi)), scores),
  unit = list(keys = matrix_of(keys), first = matrix_of((z %*% keys)[1:20, ])))
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE, null = "null", na = "null"), file.path(folder, "measure.json"))
