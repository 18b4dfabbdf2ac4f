# Times R on a table that measurement.py wrote, and prints one line per task: its name, CPU seconds, repeats.
# Rscript measurement.R TABLE ROWS ITEMS TASK,TASK,... REPEATS SECONDS
suppressMessages({ library(psych); library(lavaan); library(GPArotation) })
options(mc.cores = 1L)

given <- commandArgs(trailingOnly = TRUE)
n <- as.integer(given[2]); p <- as.integer(given[3])
wanted <- strsplit(given[4], ",")[[1]]
repeats <- as.integer(given[5]); enough <- as.numeric(given[6])

x <- matrix(as.numeric(readBin(given[1], integer(), n * p, size = 1)), n, p)
colnames(x) <- paste0("x", seq_len(p))
d <- as.data.frame(x)
d_grouped <- cbind(d, g = rep(1:4, each = n / 4))
r <- cor(x)
of_factor <- split(colnames(x), rep(1:5, each = p / 5))
model <- paste(sprintf("f%d =~ %s", 1:5, sapply(of_factor, paste, collapse = " + ")), collapse = "\n")

ladder <- function(levels, ...) {
  fits <- lapply(levels, function(equal) cfa(model, d_grouped, group = "g", group.equal = equal, ...))
  do.call(lavTestLRT, fits)
}
linear <- list("", "loadings", c("loadings", "intercepts"), c("loadings", "intercepts", "residuals"))
ordinal <- list("", "thresholds", c("thresholds", "loadings"), c("thresholds", "loadings", "intercepts"))

tasks <- list(
  psych_polychoric = function() polychoric(x),
  lavaan_polychoric = function() lavCor(d, ordered = names(d)),
  psych_parallel = function() fa.parallel(x, plot = FALSE),
  psych_minres = function() fa(r, 5, n.obs = n, rotate = "oblimin", fm = "minres"),
  psych_ml = function() fa(r, 5, n.obs = n, rotate = "oblimin", fm = "ml"),
  lavaan_cfa_ml = function() cfa(model, d, estimator = "ML"),
  lavaan_cfa_mlr = function() cfa(model, d, estimator = "MLR"),
  lavaan_cfa_wlsmv = function() cfa(model, d, ordered = names(d), estimator = "WLSMV"),
  lavaan_invariance_ml = function() ladder(linear, estimator = "ML"),
  lavaan_invariance_mlr = function() ladder(linear, estimator = "MLR"),
  lavaan_invariance_wlsmv = function() ladder(ordinal, estimator = "WLSMV", ordered = names(d), std.lv = TRUE)
)

cpu <- function() sum(proc.time()[c("user.self", "sys.self", "user.child", "sys.child")], na.rm = TRUE)

cat("version", "R", as.character(getRversion()), "\n", sep = "\t")
for (package in c("psych", "lavaan", "GPArotation")) {
  cat("version", package, as.character(packageVersion(package)), "\n", sep = "\t")
}
cat("version", "BLAS of R", basename(normalizePath(extSoftVersion()[["BLAS"]])), "\n", sep = "\t")
for (name in wanted) {
  best <- Inf; spent <- 0; times <- 0
  while (times < repeats && (times < 1 || spent < enough)) {
    invisible(gc())
    before <- cpu()
    error <- tryCatch({
      invisible(capture.output(suppressWarnings(suppressMessages(tasks[[name]]()))))
      NULL
    }, error = conditionMessage)
    taken <- cpu() - before
    if (!is.null(error)) break
    best <- min(best, taken); spent <- spent + taken; times <- times + 1
  }
  if (is.finite(best)) {
    cat("seconds", name, best, times, "\n", sep = "\t")
  } else {
    message(name, ": ", error)
  }
}
