# Estimated marginal means (chances), odds ratios and slopes on the logit of logistic mixed models by emmeans:
# Rscript margins_logit.R (in this folder). Versions are in margins_logit.json; rows from data/margins.csv.
suppressMessages({library(lme4); library(emmeans); library(jsonlite)})
d <- read.csv("data/margins.csv")
set.seed(20261130)
d$e <- rbinom(nrow(d), 1, plogis(-.3 + .5 * d$x - .2 * d$t + .6 * (d$arm == "b") * d$x + .7 * (d$site == "z") + (d$y - mean(d$y)) / 4))
write.csv(d[c("h", "g", "t", "x", "m", "arm", "site", "e")], "data/margins_logit.csv", row.names = FALSE)
told <- function(s, what, by, of, est, chance = NULL) {
  s <- as.data.frame(s)
  lapply(seq_len(nrow(s)), function(i) list(what = what, by = if (is.null(by)) NULL else s[i, by], of = if (is.null(of)) NULL else as.character(s[i, of]),
    estimate = s[i, est], se = s[i, "SE"], p = if ("p.value" %in% names(s)) s[i, "p.value"] else NULL,
    chance = if (is.null(chance)) NULL else chance[i, "prob"], low = if (is.null(chance)) NULL else chance[i, "asymp.LCL"], high = if (is.null(chance)) NULL else chance[i, "asymp.UCL"]))
}
ask <- function(formula, of, by = NULL) {
  f <- as.formula(formula)
  # A sharp end: the modes sought to 1e-12, the Hessian by differences of a sharp deviance.
  fit <- if (grepl("|", formula, fixed = TRUE)) glmer(f, d, family = binomial, control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e5)))
    else glm(f, d, family = binomial, control = glm.control(epsilon = 1e-14))
  at <- list()
  if (!is.null(by) && is.numeric(d[[by]])) at[[by]] <- mean(d[[by]]) + c(-1, 0, 1) * sd(d[[by]])
  spec <- list(formula = formula, of = of, by = if (is.null(by)) "" else by)
  if (is.numeric(d[[of]])) {
    e <- emtrends(fit, if (is.null(by)) ~1 else as.formula(paste("~", by)), var = of, at = at, delta.var = 1e-5)
    spec$rows <- told(test(e), "slope", NULL, NULL, paste0(of, ".trend"))
  } else {
    e <- emmeans(fit, as.formula(if (is.null(by)) paste("~", of) else paste("~", of, "|", by)), at = at)
    p <- pairs(e, reverse = TRUE, adjust = "holm")
    spec$rows <- c(told(summary(e), "mean", NULL, NULL, "emmean", as.data.frame(summary(e, type = "response"))), told(summary(p, by = by), "difference", NULL, "contrast", "estimate"))
  }
  spec
}
out <- list(
  ask("e ~ x*m + t + (1 | g)", "x", "m"), ask("e ~ x*arm + t + (1 | g)", "x", "arm"), ask("e ~ t*arm + x + (1 | h)", "t", "arm"),
  ask("e ~ arm*site + x + (1 | h)", "arm", "site"), ask("e ~ arm + site + x*m + (1 | g)", "arm"), ask("e ~ arm*x + m + (1 | g)", "arm", "x"),
  ask("e ~ poly(t, 2)*arm + (1 | g)", "arm"), ask("e ~ t + I(t^2) + x + (1 | g)", "t"), ask("e ~ x*m*arm + (1 | h)", "x", "m"),
  ask("e ~ site*t + arm + (1 | h)", "site"), ask("e ~ exp(x/3)*arm + (1 | g)", "x", "arm"), ask("e ~ site + x + arm + (x | h)", "site"),
  ask("e ~ arm*x + t", "arm", "x"), ask("e ~ x*m + site", "x", "m"))
versions <- sapply(c("emmeans", "lme4"), function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = out), "margins_logit.json", auto_unbox = TRUE, digits = 12, null = "null")
