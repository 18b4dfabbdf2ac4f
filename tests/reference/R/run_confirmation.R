# Confirmatory models that run_open.R leaves out, on the simulated countries. Needs lavaan, semTools, jsonlite:
#   OPENBLAS_NUM_THREADS=1 Rscript run_confirmation.R [part ...]
suppressMessages({library(jsonlite); library(lavaan); library(semTools)})
target <- file.path("..", "sim4c")
D <- read.csv(file.path(target, "data.csv")); D <- D[D$truth_careless == "none", ]
items <- sprintf("q%02d", 1:12)
model <- "f1 =~ q01+q02+q03+q04\nf2 =~ q05+q06+q07+q08\nf3 =~ q09+q10+q11+q12"
higher <- paste0(model, "\ng =~ f1+f2+f3")
general <- paste0("g =~ ", paste(items, collapse = "+"), "\n", model)
quiet <- function(x) suppressWarnings(suppressMessages(x))
numbers <- function(fit) as.list(setNames(as.numeric(fitMeasures(fit)), names(fitMeasures(fit))))
told <- function(fit) list(nobs = I(lavInspect(fit, "nobs")), group_labels = I(lavInspect(fit, "group.label")),
  fit = numbers(fit), parameters = as.list(parameterEstimates(fit, standardized = TRUE, remove.nonfree = FALSE)),
  standardised = as.list(standardizedSolution(fit)))
put <- function(name, value) write_json(value, file.path(target, paste0(name, ".json")), digits = NA, auto_unbox = TRUE, na = "null")
tested <- function(narrow, wide) { t <- as.data.frame(quiet(lavTestLRT(wide, narrow, method = "satorra.2000", scaled.shifted = TRUE))); list(chi2 = t[["Chisq diff"]][2], dof = t[["Df diff"]][2], p = t[["Pr(>Chisq)"]][2]) }
ladder <- function(X, theta, levels) {
  par <- if (theta) "theta" else "delta"
  fits <- lapply(levels, function(equal) quiet({ s <- as.character(do.call(measEq.syntax, list(configural.model = model,
    data = X, group = "country", ordered = items, parameterization = par, ID.fac = "std.lv",
    ID.cat = "Wu.Estabrook.2016", group.equal = equal$equal, group.partial = equal$partial, estimator = "WLSMV")))
    cfa(s, X, group = "country", ordered = items, parameterization = par, estimator = "WLSMV") }))
  c(list(levels = lapply(fits, told)), list(differences = lapply(seq_along(fits)[-1], function(i) tested(fits[[i]], fits[[i - 1]]))))
}
level <- function(..., partial = "") list(equal = c(...), partial = partial)
parts <- list(
  standardised = function() put("cfa_standardised", list(
    delta = told(quiet(cfa(model, D, ordered = items, estimator = "WLSMV"))),
    theta = told(quiet(cfa(model, D, ordered = items, estimator = "WLSMV", parameterization = "theta"))),
    ML = told(cfa(model, D)))),
  higher = function() put("cfa_higher", list(
    ML = told(cfa(higher, D)), MLR = told(cfa(higher, D, estimator = "MLR")),
    WLSMV = told(quiet(cfa(higher, D, ordered = items, estimator = "WLSMV"))),
    bifactor = told(quiet(cfa(general, D, estimator = "MLR", orthogonal = TRUE, std.lv = TRUE))))),
  nested = function() {
    # persons with several ratings, and weights: both are made by rule, so that no random numbers are needed
    X <- D; X$person <- (seq_len(nrow(X)) - 1) %/% 3; X$weight <- 0.5 + (seq_len(nrow(X)) * 7) %% 11 / 5
    put("cfa_nested", list(
      cluster = told(cfa(model, X, estimator = "MLR", cluster = "person")),
      cluster_groups = told(cfa(model, transform(X, person = paste(country, person)), estimator = "MLR", cluster = "person", group = "country", group.equal = "loadings")),
      weights_ML = told(cfa(model, X, sampling.weights = "weight", estimator = "ML")),
      weights_MLR = told(cfa(model, X, sampling.weights = "weight", estimator = "MLR")),
      weights_cluster = told(cfa(model, X, sampling.weights = "weight", estimator = "MLR", cluster = "person"))))
  },
  htmt = function() put("htmt", list(pearson = as.list(as.data.frame(unclass(htmt(model, data = D, htmt2 = FALSE)))),
    geometric = as.list(as.data.frame(unclass(htmt(model, data = D, htmt2 = TRUE)))),
    polychoric = as.list(as.data.frame(unclass(quiet(htmt(model, data = D, ordered = items, htmt2 = FALSE))))))),
  strict = function() put("invariance_ordinal_strict", ladder(D, TRUE, list(
    level("thresholds", "loadings", "intercepts"), level("thresholds", "loadings", "intercepts", "residuals")))),
  partial = function() put("invariance_ordinal_partial", ladder(D, FALSE, list(
    level("thresholds", "loadings"), level("thresholds", "loadings", "intercepts", partial = c("q09 ~ 1", "q10 ~ 1"))))),
  binary = function() { X <- D; X[items[1:6]] <- lapply(D[items[1:6]], function(z) as.integer(z > 3))
    put("invariance_ordinal_binary", ladder(X, FALSE, list(level(""), level("thresholds"), level("thresholds", "loadings", "intercepts")))) })
chosen <- commandArgs(TRUE); for (name in if (length(chosen)) chosen else names(parts)) { message(name); parts[[name]]() }
