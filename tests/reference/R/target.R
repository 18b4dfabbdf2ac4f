# Rotations to a complete and a partly specified target, and quartimin, by GPArotation, iterated to their optimum.
# Rscript target.R FOLDER  reads "unrotated" of minres with 4 factors from FOLDER/efa.json, writes FOLDER/target.json.
suppressMessages({ library(GPArotation); library(jsonlite) })

folder <- commandArgs(trailingOnly = TRUE)[1]
tight <- fromJSON(file.path(folder, "efa.json"))$minres_k4$tight
a <- tight$unrotated$values
known <- tight$varimax_kaiser$values
# what is expected of the partly specified target: small loadings are 0, the largest of each factor as they are
wanted <- ifelse(abs(known) < 0.25, 0, known)
weights <- (abs(known) < 0.25 | abs(known) > 0.5) + 0

optimum <- function(rotation, ...) {
  best <- NULL
  for (start in c(list(diag(ncol(a))), lapply(1:8, function(i) { set.seed(i); Random.Start(ncol(a)) }))) {
    found <- suppressWarnings(rotation(a, Tmat = start, eps = 1e-9, maxit = 1000, ...))
    value <- found$Table[nrow(found$Table), 2]
    if (is.null(best) || value < best$value - 1e-12) best <- list(found = found, value = value)
  }
  phi <- if (is.null(best$found$Phi)) diag(ncol(a)) else best$found$Phi
  shape <- function(m) list(dim = dim(m), values = unname(matrix(m, nrow(m))))
  list(criterion = best$value, loadings = shape(best$found$loadings), phi = shape(phi))
}
result <- list(
  GPArotation = as.character(packageVersion("GPArotation")),
  target = list(dim = dim(wanted), values = unname(wanted)),
  weights = list(dim = dim(weights), values = unname(weights)),
  targetQ = optimum(targetQ, Target = known),
  targetT = optimum(targetT, Target = known),
  pstQ = optimum(pstQ, W = weights, Target = wanted),
  pstT = optimum(pstT, W = weights, Target = wanted),
  quartimin = optimum(quartimin)
)
writeLines(toJSON(result, digits = NA, auto_unbox = TRUE), file.path(folder, "target.json"))
