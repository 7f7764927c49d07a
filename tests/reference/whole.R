# Whole answers of five models on data of nlme, MASS, lmerTest and datasets (GPL), as a user would take them from R: lmer with
# lmerTest's and pbkrtest's degrees of freedom, anova, AIC, R2, emmeans, clubSandwich, profiles: Rscript whole.R (in this folder).
suppressMessages({library(lme4); library(lmerTest); library(emmeans); library(clubSandwich); library(jsonlite)})
control <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-10, ftol_abs = 1e-12, maxeval = 20000), calc.derivs = FALSE)
put <- function(d, name) {
  d <- as.data.frame(d); class(d) <- "data.frame"
  for (v in names(d)) if (is.factor(d[[v]])) {
    x <- as.character(d[[v]])
    # A level of digits alone would be a number in the file.
    d[[v]] <- if (anyNA(suppressWarnings(as.numeric(x)))) x else paste0(substr(v, 1, 1), x)
  }
  file <- file.path("data", paste0(name, ".csv"))
  write.csv(d, file, row.names = FALSE)
  d <- read.csv(file)
  for (v in names(d)) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]], levels = sort(unique(d[[v]]), method = "radix"))
  d
}
found <- function(table) list(estimate = table[, grepl("estimate|emmean|trend$", names(table))], se = table$SE, df = table$df)
ask <- function(name, data, formula, of, cluster, slope = NULL) {
  d <- put(data, name)
  fit <- do.call(lmerTest::lmer, list(as.formula(gsub("**", "^", formula, fixed = TRUE)), data = d, control = control))
  own <- coef(summary(fit)); kr <- coef(summary(fit, ddf = "Kenward-Roger")); table <- anova(fit)
  fixed <- var(as.vector(model.matrix(fit) %*% fixef(fit))); z <- getME(fit, "mmList")
  random <- sum(sapply(seq_along(z), function(i) { m <- as.matrix(z[[i]]); mean(rowSums((m %*% as.matrix(VarCorr(fit)[[i]])) * m)) }))
  robust <- as.data.frame(coef_test(fit, vcov = "CR2", cluster = d[[cluster]], test = "Satterthwaite"))
  ml <- suppressWarnings(confint(refitML(fit), method = "profile", parm = "beta_", quiet = TRUE))
  out <- list(data = paste0(name, ".csv"), formula = formula, of = of, cluster = cluster, slope = slope, estimate = own[, 1], se = own[, 2], df = own[, 3], p = own[, 5],
    aic = AIC(fit), bic = BIC(fit), sds = as.data.frame(VarCorr(fit))$sdcor[is.na(as.data.frame(VarCorr(fit))$var2)], kr_se = kr[, 2], kr_df = kr[, 3],
    r2 = c(fixed, fixed + random) / (fixed + random + sigma(fit)^2), f = table$`F value`, f_df = table$DenDF, cr2_se = robust$SE, cr2_df = robust$df_Satt,
    low = unname(ml[, 1]), high = unname(ml[, 2]))
  if (!is.null(of)) {
    e <- emmeans(fit, of, lmer.df = "satterthwaite")
    out$means <- found(as.data.frame(e)); out$pairs <- found(as.data.frame(contrast(e, "revpairwise")))
  }
  if (!is.null(slope)) out$slopes <- found(as.data.frame(emtrends(fit, of, var = slope, delta.var = 1e-4, lmer.df = "satterthwaite")))
  out
}
data(Dialyzer, Cefamandole, package = "nlme")
models <- list(
  ask("dialyzer", Dialyzer, "rate ~ poly(pressure, 2)*QB + (pressure | Subject)", "QB", "Subject"),
  ask("rabbit", MASS::Rabbit, "BPchange ~ log(Dose)*Treatment + (1 | Animal)", "Treatment", "Animal", "Dose"),
  ask("tvbo", TVbo[c("Assessor", "TVset", "Picture", "Coloursaturation")], "Coloursaturation ~ TVset*Picture + (1 | Assessor/TVset)", "TVset", "Assessor"),
  ask("npk", npk, "yield ~ N*P*K + (1 | block)", "N", "block"),
  ask("cefamandole", Cefamandole, "log(conc) ~ log(Time) + I(log(Time)**2) + (log(Time) | Subject)", NULL, "Subject"))
versions <- sapply(c("lme4", "lmerTest", "pbkrtest", "emmeans", "clubSandwich"), function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = models), "whole.json", auto_unbox = TRUE, digits = 12, null = "null")
