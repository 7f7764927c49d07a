# lme4's lowest REML criterion of every data set in a folder: bobyqa and Nelder-Mead, from lme4's
# own start and from a smaller one, on columns brought to a usual size and centred in the fixed
# effects (lme4 gets lost on some as they are), which changes the criterion by a known constant. Usage: Rscript random_fits_linear.R FOLDER OUT.json
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
  text <- readLines(sub("csv$", "txt", path))
  at <- regexpr("(", text, fixed = TRUE)
  fixed <- gsub("\\b([tx])\\b", "\\1c", substr(text, 1, at - 1))
  formula <- as.formula(paste0(fixed, substring(text, at)))
  data <- read.csv(path, stringsAsFactors = TRUE)
  unit <- sapply(c("y", "t", "x"), function(v) 10^floor(log10(sd(data[[v]]))))
  for (v in names(unit)) data[[v]] <- data[[v]] / unit[[v]]
  for (v in c("t", "x")) data[[paste0(v, "c")]] <- data[[v]] - mean(data[[v]])
  first <- suppressWarnings(suppressMessages(lFormula(formula, data, control = controls[[1]])))
  theta <- first$reTrms$theta
  values <- c()
  for (control in controls) for (size in c(1, 0.1)) {
    fit <- try(suppressWarnings(suppressMessages(
      lmer(formula, data, control = control, start = theta * size))), silent = TRUE)
    if (!inherits(fit, "try-error")) values <- c(values, REMLcrit(fit))
  }
  of <- function(name) prod(unit[intersect(sub("c$", "", strsplit(name, ":")[[1]]), c("t", "x"))])
  columns <- colnames(first$X)
  min(values) + 2 * (nrow(first$X) - length(columns)) * log(unit[["y"]]) +
    2 * sum(log(sapply(columns, of)))
}
paths <- sort(list.files(given[1], pattern = "csv$", full.names = TRUE))
found <- sapply(paths, lowest)
names(found) <- sub("[.]csv$", "", basename(paths))
write(toJSON(as.list(found), auto_unbox = TRUE, digits = 12, pretty = TRUE), given[2])
