# Cluster-robust standard errors (CR2) with Satterthwaite's degrees of freedom, by clubSandwich:
# Rscript robust.R (in this folder). Versions are in robust.json.
suppressMessages({library(clubSandwich); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("data", name), stringsAsFactors = FALSE)
  for (v in names(d)) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]], levels = sort(unique(d[[v]]), method = "radix"))
  d
}
ask <- function(data, formula, cluster) {
  d <- read(data); used <- c(all.vars(as.formula(formula)), cluster)
  d <- na.omit(d[used])
  fit <- lm(as.formula(formula), d)
  t <- coef_test(fit, vcovCR(fit, cluster = d[[cluster]], type = "CR2"), test = "Satterthwaite")
  names(t) <- sub("df_Satt", "df", sub("p_Satt", "p", names(t)))
  list(data = data, formula = formula, cluster = cluster, clusters = length(unique(d[[cluster]])),
    rows = lapply(seq_len(nrow(t)), function(i) list(estimate = t$beta[i], se = t$SE[i], df = t$df[i], p = t$p[i])))
}
m <- "margins.csv"
out <- list(
  ask(m, "y ~ 1", "g"), ask(m, "y ~ t", "g"), ask(m, "y ~ t", "h"), ask(m, "y ~ x + m + t", "g"),
  ask(m, "y ~ x*m + t", "h"), ask(m, "y ~ arm", "g"), ask(m, "y ~ arm*t", "h"), ask(m, "y ~ site + x", "h"),
  ask(m, "y ~ 0 + arm + x", "g"), ask(m, "y ~ poly(t, 2)*arm", "g"), ask(m, "y ~ site*x + I(t^2)", "site"),
  ask(m, "log(y + 30) ~ x + t", "h"), ask("sleepstudy.csv", "Reaction ~ Days", "Subject"), ask(m, "y ~ m + arm", "t"))
versions <- sapply("clubSandwich", function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = out), "robust.json", auto_unbox = TRUE, digits = 12, null = "null")
# Mixed models: the fit's own covariance as the working model, its REML estimates sought to 1e-10.
suppressMessages(library(lme4))
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
mixed <- function(data, formula, cluster, REML = TRUE) {
  d <- read(data); used <- c(all.vars(as.formula(formula)), cluster)
  d <- na.omit(d[unique(used)])
  for (v in c(cluster, "Subject", "Rat", "Cow", "childid", "schoolid")) if (v %in% names(d)) d[[v]] <- factor(d[[v]])
  fit <- lme4::lmer(as.formula(formula), d, REML = REML, control = control)
  t <- coef_test(fit, vcovCR(fit, cluster = d[[cluster]], type = "CR2"), test = "Satterthwaite")
  names(t) <- sub("df_Satt", "df", sub("p_Satt", "p", names(t)))
  list(data = data, formula = formula, cluster = cluster, method = if (REML) "REML" else "ML", clusters = length(unique(d[[cluster]])),
    rows = lapply(seq_len(nrow(t)), function(i) list(estimate = t$beta[i], se = t$SE[i], df = t$df[i], p = t$p[i])))
}
out <- list(
  mixed(m, "y ~ 1 + (1 | g)", "g"), mixed(m, "y ~ t + x + (1 | g)", "g"), mixed(m, "y ~ t + x + (1 | g)", "h"),
  mixed(m, "y ~ x*m + t + (t | g)", "g"), mixed(m, "y ~ x*m + t + (1 | h) + (1 | h:g)", "h"), mixed(m, "y ~ arm*t + (1 | h) + (t | h:g)", "h"),
  mixed(m, "y ~ 0 + arm + x + (1 | g)", "g"), mixed(m, "y ~ poly(t, 2)*arm + (1 | g)", "g"), mixed(m, "y ~ site*x + (1 | h)", "h"),
  mixed(m, "y ~ x + m + arm + (1 | g)", "h", FALSE), mixed(m, "y ~ x + (0 + t | g) + (1 | g)", "g"), mixed("sleepstudy.csv", "Reaction ~ Days + (Days | Subject)", "Subject"),
  mixed("orthodont.csv", "distance ~ age*Sex + (age | Subject)", "Subject"), mixed("bodyweight.csv", "weight ~ Time*Diet + (Time | Rat)", "Rat"),
  mixed("milk.csv", "protein ~ Time + Diet + (1 | Cow)", "Cow"))
versions <- sapply(c("clubSandwich", "lme4"), function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = out), "robust_mixed.json", auto_unbox = TRUE, digits = 12, null = "null")
