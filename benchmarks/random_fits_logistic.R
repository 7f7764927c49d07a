# glmer's -2 log-likelihood of each set, by two optimisers:  Rscript random_fits_logistic.R jobs.json answers.json
# Modes are sought to 1e-10 (tolPwrss; the default of 1e-7 leaves errors of 1e-4); where that fails, by the default.
suppressPackageStartupMessages({ library(lme4); library(jsonlite) })
arguments <- commandArgs(TRUE)
jobs <- fromJSON(arguments[1], simplifyVector = FALSE)

value <- function(job, data, optimizer, tolerance) {
  control <- glmerControl(
    optimizer = optimizer, tolPwrss = tolerance, calc.derivs = FALSE, check.conv.grad = "ignore",
    check.conv.hess = "ignore", check.conv.singular = "ignore", check.nobs.vs.nRE = "ignore",
    optCtrl = if (optimizer == "bobyqa") list(maxfun = 1e5) else list(maxfun = 1e5))
  fit <- tryCatch(suppressMessages(suppressWarnings(
    if (job$weighted) glmer(as.formula(job$formula), data, family = binomial, weights = size, control = control)
    else glmer(as.formula(job$formula), data, family = binomial, control = control))),
    error = function(e) NULL)
  if (is.null(fit)) NULL else -2 * as.numeric(logLik(fit))
}

answers <- lapply(jobs, function(job) {
  data <- read.csv(job$path)
  out <- list(seed = job$seed)
  for (optimizer in c("bobyqa", "Nelder_Mead")) {
    found <- value(job, data, optimizer, 1e-10)
    if (is.null(found)) found <- value(job, data, optimizer, 1e-7)
    if (!is.null(found) && is.finite(found)) out[[optimizer]] <- found
  }
  out
})
writeLines(toJSON(answers, digits = I(17), auto_unbox = TRUE, null = "null"), arguments[2])
