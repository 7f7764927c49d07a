# Estimated marginal means, pairwise contrasts and slopes by emmeans: Rscript margins.R (in this folder).
# Versions are in margins.json.
suppressMessages({library(lmerTest); library(emmeans); library(jsonlite)})
emm_options(lmerTest.limit = 1e5, lmer.df = "satterthwaite")
set.seed(20261128)
h <- rep(1:12, each = 25); g <- rep(1:60, each = 5); n <- length(g)
d <- data.frame(
  h = paste0("h", h), g = paste0("g", g), t = rep(0:4, 60), x = round(rnorm(n) + rnorm(60)[g], 4),
  m = round(2 + rnorm(60)[g], 4), arm = sample(c("a", "b", "c"), 60, TRUE, c(.5, .3, .2))[g],
  site = c("s", "z")[1 + (h %% 2)])
d$y <- round(10 + .4 * d$x - .3 * d$t + .5 * d$x * (d$m - 2) + (d$arm == "b") - .3 * d$t * (d$arm == "c") +
  rnorm(12)[h] + rnorm(60)[g] + rnorm(n), 4)
write.csv(d, "data/margins.csv", row.names = FALSE)

told <- function(s, what, by, of, est) {
  s <- as.data.frame(s)
  lapply(seq_len(nrow(s)), function(i) list(what = what, by = if (is.null(by)) NULL else s[i, by],
    of = if (is.null(of)) NULL else as.character(s[i, of]), estimate = s[i, est], se = s[i, "SE"],
    df = s[i, "df"], p = if ("p.value" %in% names(s)) s[i, "p.value"] else NULL))
}
ask <- function(formula, of, by = NULL, REML = TRUE) {
  control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
  fit <- lmerTest::lmer(as.formula(formula), d, REML = REML, control = control)
  at <- list()
  if (!is.null(by) && is.numeric(d[[by]])) at[[by]] <- mean(d[[by]]) + c(-1, 0, 1) * sd(d[[by]])
  spec <- list(formula = formula, of = of, by = if (is.null(by)) "" else by, method = if (REML) "REML" else "ML")
  if (is.numeric(d[[of]])) {
    e <- emtrends(fit, if (is.null(by)) ~1 else as.formula(paste("~", by)), var = of, at = at, delta.var = 1e-6)
    spec$rows <- told(test(e), "slope", NULL, NULL, paste0(of, ".trend"))
  } else {
    e <- emmeans(fit, as.formula(if (is.null(by)) paste("~", of) else paste("~", of, "|", by)), at = at)
    p <- pairs(e, reverse = TRUE, adjust = "holm")
    spec$rows <- c(told(summary(e), "mean", NULL, NULL, "emmean"), told(summary(p, by = by), "difference", NULL, "contrast", "estimate"))
  }
  spec
}
out <- list(
  ask("y ~ x*m + t + (1 | g)", "x", "m"), ask("y ~ x*m + t + (1 | h/g)", "x", "m"),
  ask("y ~ x*arm + t + (1 | g)", "x", "arm"), ask("y ~ t*arm + x + (t | g)", "t", "arm"),
  ask("y ~ arm*site + x + (1 | h)", "arm", "site"), ask("y ~ arm + site + x*m + (1 | h/g)", "arm"),
  ask("y ~ arm*x + m + (1 | g)", "arm", "x"), ask("y ~ poly(t, 2)*arm + (1 | g)", "arm"),
  ask("y ~ t + I(t^2) + x + (1 | g)", "t"), ask("y ~ x*m*arm + (1 | g)", "x", "m"),
  ask("y ~ site*t + arm + (1 | h) + (0 + t | g)", "site"), ask("y ~ exp(x/3)*arm + (1 | g)", "x", "arm"),
  ask("y ~ x*m + arm + (1 | g)", "arm", NULL, FALSE))
versions <- sapply(c("emmeans", "lmerTest", "lme4"), function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = out), "margins.json", auto_unbox = TRUE, digits = 12, null = "null")
