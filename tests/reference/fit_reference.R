# One fit of lme4 as one JSON entry: converged on purpose, with everything a test compares.
# Sourced by make_reference.R, make_reference_shared.R and shape.R.

suppressPackageStartupMessages({
  library(lme4)
  library(lmerTest)
  library(pbkrtest)
  library(numDeriv)
  library(jsonlite)
})

# Kenward-Roger builds matrices of N x N; above this many rows it costs minutes.
KENWARD_ROGER_ROWS <- 800

# Text becomes categories with the first in code point order as base (Rapport's rule), whatever
# order or contrasts R's own factor had.
as_categories <- function(data) {
  for (name in names(data)) {
    if (is.character(data[[name]])) {
      levels <- sort(unique(data[[name]]), method = "radix")
      data[[name]] <- factor(data[[name]], levels = levels)
      contrasts(data[[name]]) <- contr.treatment(levels)
    }
  }
  data
}

# From several starts, three optimisers restart from the best point so far. One start is not enough:
# with a perfect correlation lme4 can rest at a worse point on the bound (pbg, log(dose) | Rabbit).
fit_tightly <- function(formula, data, reml, weights = NULL) {
  weighing <- if (is.null(weights)) list() else list(weights = data[[weights]])
  quiet <- function(...) {
    suppressMessages(suppressWarnings(do.call(lmerTest::lmer, c(list(...), weighing))))
  }
  control <- function(optimizer, options = list()) {
    lmerControl(optimizer = optimizer, optCtrl = options, calc.derivs = FALSE,
                check.conv.singular = "ignore")
  }
  runs <- list(control("bobyqa", list(rhoend = 1e-10, maxfun = 1e5)), control("nlminbwrap"),
               control("Nelder_Mead", list(xatol = 1e-12, fatol = 1e-14)),
               control("bobyqa", list(rhobeg = 1e-4, rhoend = 1e-12, maxfun = 1e5)))
  best <- quiet(formula, data, REML = reml, control = runs[[1]])
  from <- function(theta, run) {
    other <- try(quiet(formula, data, REML = reml, control = run, start = list(theta = theta)),
                 silent = TRUE)
    if (!inherits(other, "try-error") && criterion_of(other) <= criterion_of(best)) best <<- other
  }
  diagonal <- getME(best, "lower") == 0
  for (off in if (all(diagonal)) 0 else c(-.5, .5)) for (size in c(.2, 2)) {
    from(ifelse(diagonal, size, size * off), control("bobyqa", list(rhobeg = .05 * size)))
  }
  for (round in 1:2) for (run in runs) from(getME(best, "theta"), run)
  best
}

criterion_of <- function(fit) -2 * as.numeric(logLik(fit))

# R's `variablelevel` as Rapport's `variable[level]`, `^` as `**`, spaces gone.
rapport_name <- function(names, data) {
  pieces <- lapply(strsplit(names, ":", fixed = TRUE), function(parts) {
    vapply(parts, function(part) {
      for (variable in names(data)) {
        if (is.factor(data[[variable]])) {
          hit <- paste0(variable, levels(data[[variable]])) == part
          if (any(hit)) return(paste0(variable, "[", levels(data[[variable]])[hit], "]"))
        }
      }
      gsub(" ", "", gsub("^", "**", part, fixed = TRUE), fixed = TRUE)
    }, "")
  })
  vapply(pieces, paste, "", collapse = ":")
}

# lme4 writes patient:(therapist:site); Rapport writes patient:therapist:site.
plain_group <- function(names) gsub("[()]", "", names)

# One block of random terms: group, terms, theta (the lower triangle by columns), sds, correlations.
random_blocks <- function(fit, data) {
  groups <- names(fit@flist)[attr(fit@flist, "assign")]
  used <- 0
  lapply(seq_along(fit@cnms), function(i) {
    terms <- fit@cnms[[i]]
    q <- length(terms)
    theta <- getME(fit, "theta")[used + seq_len(q * (q + 1) / 2)]
    used <<- used + length(theta)
    lambda <- matrix(0, q, q)
    lambda[lower.tri(lambda, diag = TRUE)] <- theta
    covariance <- sigma(fit)^2 * tcrossprod(lambda)
    list(group = plain_group(groups[i]), terms = I(rapport_name(terms, data)), theta = I(unname(theta)),
         sds = I(unname(sqrt(diag(covariance)))), covariance = unname(covariance))
  })
}

# Nakagawa & Schielzeth 2013 with Johnson 2014 for slopes: the variance of a random block is the
# trace of Sigma times the mean of z z'. var(X beta) is given with N in the denominator and with
# N - 1; the published figures for refraMED and ENRICHD (../shared/data) are those with N - 1.
# Weighted rows count by their weights, and the residual variance is its weighted mean (as in the
# R2 of a weighted regression).
r_squared <- function(fit) {
  w <- weights(fit) / mean(weights(fit))
  predicted <- as.numeric(getME(fit, "X") %*% fixef(fit))
  lambda_zt <- getME(fit, "Lambdat") %*% getME(fit, "Zt")
  random <- sigma(fit)^2 * sum(lambda_zt^2 %*% w) / nobs(fit)
  residual <- sigma(fit)^2 / mean(weights(fit))
  shares <- function(fixed) {
    total <- fixed + random + residual
    list(marginal = fixed / total, conditional = (fixed + random) / total)
  }
  fixed <- mean(w * (predicted - mean(w * predicted))^2)
  list(population = shares(fixed), sample = shares(fixed * nobs(fit) / (nobs(fit) - 1)))
}

coefficient_table <- function(fit, ddf) {
  table <- suppressMessages(coef(summary(fit, ddf = ddf)))
  list(se = I(unname(table[, "Std. Error"])), df = I(unname(table[, "df"])),
       statistic = I(unname(table[, "t value"])), p = I(unname(table[, "Pr(>|t|)"])))
}

# The slope of the criterion in theta at the answer: proof that the number is converged
# (only entries off the bound say so: at theta = 0 of a diagonal the slope may be positive).
free_gradient <- function(fit, formula, data, weights = NULL) {
  theta <- getME(fit, "theta")
  free <- !(getME(fit, "lower") == 0 & theta < 1e-6)
  if (!any(free)) return(0)
  asked <- list(formula, data, REML = isREML(fit), devFunOnly = TRUE)
  if (!is.null(weights)) asked$weights <- data[[weights]]
  devfun <- suppressMessages(suppressWarnings(do.call(lme4::lmer, asked)))
  max(abs(grad(devfun, theta)[free]))
}

# pbkrtest leaves prior weights out of its matrices. Rows times the root of their weight are the same
# model without weights, column by column.
kenward_roger_of_weighted <- function(fit) {
  root <- sqrt(weights(fit))
  x <- getME(fit, "X") * root
  colnames(x) <- paste0("x", seq_len(ncol(x)))
  z <- lapply(getME(fit, "mmList"), function(m) m * root)
  for (i in seq_along(z)) colnames(z[[i]]) <- paste0("z", i, "_", seq_len(ncol(z[[i]])))
  groups <- fit@flist[attr(fit@flist, "assign")]
  names(groups) <- paste0("g", seq_along(groups))
  data <- data.frame(y = (getME(fit, "y") - getME(fit, "offset")) * root, x, do.call(cbind, unname(z)),
                     groups)
  random <- sprintf("(0 + %s | %s)", vapply(z, function(m) paste(colnames(m), collapse = " + "), ""),
                    names(groups))
  text <- paste("y ~ 0 +", paste(c(colnames(x), random), collapse = " + "))
  coefficient_table(fit_tightly(as.formula(text), data, TRUE), "Kenward-Roger")
}

# formula: R's text; ours: the same in Rapport's syntax; file: the CSV's name; weights: a column.
reference_fit <- function(id, data, file, formula, method,
                          ours = gsub("^", "**", formula, fixed = TRUE), weights = NULL) {
  data <- as_categories(data)
  model <- as.formula(formula, env = environment())
  fit <- fit_tightly(model, data, method == "REML", weights)
  rows <- nobs(fit)
  groups <- lapply(fit@flist, nlevels)
  names(groups) <- plain_group(names(groups))
  crossed <- !all(outer(fit@flist, fit@flist, Vectorize(function(a, b) {
    isNested(a, b) || isNested(b, a)
  })))
  # At a bound lmerTest's Hessian can be singular: it then stops, and there is no reference.
  satterthwaite <- try(coefficient_table(fit, "Satterthwaite"), silent = TRUE)
  kenward_roger <- NULL
  if (rows <= KENWARD_ROGER_ROWS && method == "REML") {
    kenward_roger <- try(if (is.null(weights)) coefficient_table(fit, "Kenward-Roger") else
                           kenward_roger_of_weighted(fit), silent = TRUE)
  }
  gradient <- try(free_gradient(fit, model, data, weights), silent = TRUE)
  unless_failed <- function(x) if (inherits(x, "try-error")) NULL else x
  cat(sprintf("%-28s %-4s %16.8f  singular %-5s gradient %.1e\n", id, method, criterion_of(fit),
              isSingular(fit), if (is.numeric(gradient)) gradient else NA))
  list(id = paste(id, method), data = file, formula_r = formula, formula = ours, method = method,
       rows = rows, rows_dropped = nrow(data) - rows, groups = groups, crossed = crossed,
       criterion = criterion_of(fit), log_likelihood = as.numeric(logLik(fit)),
       terms = I(rapport_name(names(fixef(fit)), data)), estimates = I(unname(fixef(fit))),
       covariance = unname(as.matrix(vcov(fit))),
       satterthwaite = unless_failed(satterthwaite), kenward_roger = unless_failed(kenward_roger),
       random = random_blocks(fit, data), sigma = sigma(fit), singular = isSingular(fit),
       r2 = r_squared(fit), gradient = unless_failed(gradient), weights = weights)
}

write_reference <- function(fits, file, ...) {
  versions <- sapply(c("lme4", "lmerTest", "pbkrtest", "mlmRev", "nlme", "MASS"),
                     function(p) as.character(packageVersion(p)), simplify = FALSE)
  content <- list(made_by = R.version.string, packages = versions, fits = fits, ...)
  writeLines(toJSON(content, digits = I(17), auto_unbox = TRUE, null = "null", na = "null",
                    pretty = 1), file)
}
