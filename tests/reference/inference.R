# What lme4, lmerTest and pbkrtest infer beyond one coefficient:  Rscript inference.R  (here)
# joint F tests, profile intervals, predicted random effects, comparisons, parametric bootstrap.
# Reads data/*.csv (made by make_reference.R); the tests read inference.json and need no R.

source("fit_reference.R")

read <- function(file, groups) {
  data <- read.csv(file.path("data", file), colClasses = setNames(rep("character", length(groups)), groups))
  as_categories(data)
}

tight <- function(file, groups, formula, reml = TRUE) {
  assign("data_here", read(file, groups), envir = globalenv())
  fit <- fit_tightly(as.formula(formula, env = globalenv()), data_here, reml)
  fit@call$formula <- as.formula(formula, env = globalenv())
  fit@call$data <- quote(data_here)
  fit@call$start <- NULL
  fit@call$REML <- reml
  fit
}

ours <- function(formula) gsub("^", "**", formula, fixed = TRUE)

joint <- function(file, groups, formula, kr = TRUE) {
  cat("joint", file, formula, "\n")
  fit <- tight(file, groups, formula)
  table <- function(ddf) {
    a <- as.data.frame(suppressMessages(anova(fit, type = 3, ddf = ddf)))
    list(terms = I(ours(gsub(" ", "", rownames(a)))), num = I(a[, "NumDF"]), den = I(a[, "DenDF"]),
         f = I(a[, "F value"]), p = I(a[, "Pr(>F)"]))
  }
  # All coefficients but the intercept at once, by hypothesis matrix.
  L <- diag(length(fixef(fit)))[-1, , drop = FALSE]
  all_s <- as.data.frame(contest(fit, L, joint = TRUE, ddf = "Satterthwaite"))
  out <- list(data = file, formula = ours(formula), satterthwaite = table("Satterthwaite"),
              all = list(num = all_s$NumDF, den = all_s$DenDF, f = all_s$`F value`, p = all_s$`Pr(>F)`))
  if (kr) {
    out$kenward_roger <- table("Kenward-Roger")
    k <- KRmodcomp(fit, L)$test["Ftest", ]
    out$all_kr <- list(num = k$ndf, den = k$ddf, f = k$stat, scaling = k$F.scaling, p = k$p.value)
  }
  out
}

profiled <- function(file, groups, formula) {
  cat("profile", file, formula, "\n")
  fit <- as(tight(file, groups, formula, FALSE), "lmerMod")
  found <- suppressWarnings(profile(fit, signames = FALSE, devtol = 1e-8, delta = .08, maxpts = 400))
  ci <- suppressWarnings(confint(found))
  list(data = file, formula = ours(formula), names = I(rownames(ci)), low = I(unname(ci[, 1])),
       high = I(unname(ci[, 2])))
}

predicted <- function(file, groups, formula) {
  cat("ranef", file, formula, "\n")
  fit <- tight(file, groups, formula)
  r <- ranef(fit, condVar = TRUE)
  list(data = file, formula = ours(formula), levels = lapply(setNames(names(r), plain_group(names(r))), function(g) {
    v <- attr(r[[g]], "postVar")
    keep <- head(seq_len(nrow(r[[g]])), 40)
    list(groups = I(rownames(r[[g]])[keep]), terms = I(rapport_name(colnames(r[[g]]), data_here)),
         mode = unname(as.matrix(r[[g]]))[keep, , drop = FALSE],
         variance = lapply(keep, function(i) as.matrix(v[, , i])))
  }))
}

compared <- function(file, groups, smaller, larger) {
  cat("compare", file, smaller, "|", larger, "\n")
  one <- tight(file, groups, smaller, FALSE)
  two <- tight(file, groups, larger, FALSE)
  a <- as.data.frame(anova(one, two, refit = FALSE))
  list(data = file, smaller = ours(smaller), larger = ours(larger), npar = I(a$npar), aic = I(a$AIC),
       bic = I(a$BIC), log_likelihood = I(a$logLik), chisq = a$Chisq[2], df = a$Df[2],
       p = a$`Pr(>Chisq)`[2])
}

booted <- function(file, groups, formula, reml, n) {
  cat("boot", file, formula, "\n")
  fit <- as(tight(file, groups, formula, reml), "lmerMod")
  values <- function(x) {
    v <- as.data.frame(VarCorr(x))
    c(fixef(x), v$sdcor)
  }
  v <- as.data.frame(VarCorr(fit))
  names <- c(names(fixef(fit)), ifelse(is.na(v$var1), "sigma",
             ifelse(is.na(v$var2), paste("sd", v$grp, v$var1), paste("r", v$grp, v$var1, v$var2))))
  # bootMer's own loop, written out: bootMer itself cannot be called from a script's function.
  drawn <- simulate(fit, nsim = n, seed = 1)
  b <- t(suppressMessages(suppressWarnings(vapply(drawn, function(y) values(refit(fit, y)), values(fit)))))
  list(data = file, formula = ours(formula), method = if (reml) "REML" else "ML", n = n,
       names = I(names), mean = I(unname(colMeans(b, na.rm = TRUE))),
       sd = I(unname(apply(b, 2, sd, na.rm = TRUE))),
       low = I(unname(apply(b, 2, quantile, .025, na.rm = TRUE))),
       high = I(unname(apply(b, 2, quantile, .975, na.rm = TRUE))))
}

content <- list(
  made_by = R.version.string,
  packages = sapply(c("lme4", "lmerTest", "pbkrtest"), function(p) as.character(packageVersion(p)),
                    simplify = FALSE),
  joint = list(
    joint("cake.csv", "replicate", "angle ~ recipe * temp + (1 | replicate/recipe)"),
    joint("machines.csv", "Worker", "score ~ Machine + (1 | Worker/Machine)"),
    joint("machines.csv", "Worker", "score ~ Machine + (0 + Machine | Worker)"),
    joint("oats.csv", "Block", "yield ~ nitro * Variety + (1 | Block/Variety)"),
    joint("alfalfa.csv", "Block", "Yield ~ Date * Variety + (1 | Block/Variety)"),
    joint("ratpup.csv", "Litter", "weight ~ Treatment * sex + Lsize + (1 | Litter)"),
    joint("bodyweight.csv", "Rat", "weight ~ Time * Diet + (Time | Rat)"),
    joint("ergostool.csv", "Subject", "effort ~ Type + (1 | Subject)"),
    joint("sleepstudy.csv", "Subject", "Reaction ~ Days + I(Days^2) + (Days | Subject)"),
    joint("sessions.csv", c("clinic", "therapist", "patient", "episode"),
          "score ~ week + alliance + ending + (1 | clinic/therapist/patient/episode)", FALSE)),
  profile = list(
    profiled("sleepstudy.csv", "Subject", "Reaction ~ Days + (Days | Subject)"),
    profiled("sleepstudy.csv", "Subject", "Reaction ~ Days + (Days || Subject)"),
    profiled("dyestuff.csv", "Batch", "Yield ~ 1 + (1 | Batch)"),
    profiled("dyestuff2.csv", "Batch", "Yield ~ 1 + (1 | Batch)"),
    profiled("pastes.csv", c("batch", "cask", "sample"), "strength ~ 1 + (1 | batch/cask)"),
    profiled("orthodont.csv", "Subject", "distance ~ age * Sex + (age | Subject)"),
    profiled("machines.csv", "Worker", "score ~ Machine + (1 | Worker/Machine)")),
  ranef = list(
    predicted("sleepstudy.csv", "Subject", "Reaction ~ Days + (Days | Subject)"),
    predicted("dyestuff.csv", "Batch", "Yield ~ 1 + (1 | Batch)"),
    predicted("pastes.csv", c("batch", "cask", "sample"), "strength ~ 1 + (1 | batch/cask)"),
    predicted("machines.csv", "Worker", "score ~ Machine + (0 + Machine | Worker)"),
    predicted("oxide.csv", c("Lot", "Wafer", "Source"), "Thickness ~ 1 + (1 | Source/Lot/Wafer)"),
    predicted("egsingle.csv", c("schoolid", "childid"), "math ~ year * female + (year | schoolid/childid)"),
    predicted("sessions.csv", c("clinic", "therapist", "patient", "episode"),
              "score ~ week * alliance + (1 | therapist) + (week | patient)")),
  compare = list(
    compared("sleepstudy.csv", "Subject", "Reaction ~ Days + (1 | Subject)", "Reaction ~ Days + (Days | Subject)"),
    compared("sleepstudy.csv", "Subject", "Reaction ~ 1 + (Days | Subject)", "Reaction ~ Days + (Days | Subject)"),
    compared("pastes.csv", c("batch", "cask", "sample"), "strength ~ 1 + (1 | sample)",
             "strength ~ 1 + (1 | batch/cask)"),
    compared("cake.csv", "replicate", "angle ~ recipe + temp + (1 | replicate/recipe)",
             "angle ~ recipe * temp + (1 | replicate/recipe)"),
    compared("exam.csv", "school", "normexam ~ standLRT + (1 | school)",
             "normexam ~ standLRT + schavg + (standLRT | school)")))
content$boot <- list(
  booted("sleepstudy.csv", "Subject", "Reaction ~ Days + (Days | Subject)", TRUE, 4000),
  booted("pastes.csv", c("batch", "cask", "sample"), "strength ~ 1 + (1 | batch/cask)", FALSE, 3000))
writeLines(toJSON(content, digits = I(15), auto_unbox = TRUE, null = "null", na = "null", pretty = 1),
           "inference.json")
