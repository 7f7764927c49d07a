# lme4's lowest REML criterion of every data set in a folder: bobyqa and Nelder-Mead, from lme4's
# own start and from a smaller one. Usage: Rscript random_fits_linear.R FOLDER OUT.json
suppressPackageStartupMessages({library(lme4); library(jsonlite)})
given <- commandArgs(trailingOnly = TRUE)
loose <- function(optimizer, ...) lmerControl(
  optimizer = optimizer, optCtrl = list(...), calc.derivs = FALSE,
  check.rankX = "silent.drop.cols", check.scaleX = "ignore", check.conv.singular = "ignore",
  check.nobs.vs.nlev = "ignore", check.nobs.vs.nRE = "ignore", check.nobs.vs.rankZ = "ignore")
controls <- list(
  loose("bobyqa", rhobeg = 0.2, rhoend = 1e-9, maxfun = 1e5),
  loose("Nelder_Mead", maxfun = 1e5, FtolAbs = 1e-9, XtolRel = 1e-10))
lowest <- function(path) {
  formula <- as.formula(readLines(sub("csv$", "txt", path)))
  data <- read.csv(path, stringsAsFactors = TRUE)
  first <- suppressWarnings(suppressMessages(lFormula(formula, data, control = controls[[1]])))
  theta <- first$reTrms$theta
  values <- c()
  for (control in controls) for (size in c(1, 0.1)) {
    fit <- try(suppressWarnings(suppressMessages(
      lmer(formula, data, control = control, start = theta * size))), silent = TRUE)
    if (!inherits(fit, "try-error")) values <- c(values, REMLcrit(fit))
  }
  min(values)
}
paths <- sort(list.files(given[1], pattern = "csv$", full.names = TRUE))
found <- sapply(paths, lowest)
names(found) <- sub("[.]csv$", "", basename(paths))
write(toJSON(as.list(found), auto_unbox = TRUE, digits = 12, pretty = TRUE), given[2])
