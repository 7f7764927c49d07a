# glmer's answers on binary outcomes:  Rscript logistic.R  (in this folder, about a minute)
# Packages as in make_reference.R. The tests read logistic.json and data/, and need no R.
#
# tolPwrss: glmer's default (1e-7) ends the search for the conditional modes early and leaves errors
# of 2e-4 in cbpp's estimates (criterion 555.004452 instead of 555.003883).

suppressPackageStartupMessages({ library(lme4); library(mlmRev); library(MASS); library(jsonlite) })

data(list = c("cbpp", "VerbAgg"), package = "lme4")
data(list = c("Contraception", "guImmun"), package = "mlmRev")
data("bacteria", package = "MASS")

animals <- cbpp[rep(seq_len(nrow(cbpp)), cbpp$size), ]
animals$sick <- unlist(lapply(seq_len(nrow(cbpp)), function(i) {
  rep(1:0, c(cbpp$incidence[i], cbpp$size[i] - cbpp$incidence[i]))
}))
some <- VerbAgg[as.integer(VerbAgg$id) %% 4 == 1, ]
communities <- guImmun[as.integer(guImmun$comm) %% 2 == 1, ]
sets <- list(
  cbpp = data.frame(sick = animals$sick, period = paste0("p", animals$period), herd = animals$herd),
  contraception = with(Contraception, data.frame(use, age, livch = paste0("c", livch), urban, district)),
  bacteria = with(bacteria, data.frame(y, week, trt, ID)),
  verbagg = with(some, data.frame(r2, Anger, Gender, btype, situ, mode, id, item)),
  guimmun = with(communities, data.frame(immun, kid2p, mom25p, pcInd81 = signif(pcInd81, 15), mom, comm))
)
for (name in names(sets)) {
  write.csv(sets[[name]], file.path("data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}

# data set, formula in R, points of quadrature (1: Laplace)
models <- list(
  c("cbpp", "sick ~ period + (1 | herd)", 1),
  c("cbpp", "sick ~ period + (1 | herd)", 10),
  c("contraception", "use ~ age + I(age^2) + urban + livch + (1 | district)", 1),
  c("contraception", "use ~ age + urban + (urban | district)", 1),
  c("contraception", "use ~ age * livch + (1 | district) + (0 + age | district)", 1),
  c("bacteria", "y ~ trt + week + (1 | ID)", 1),
  c("bacteria", "y ~ trt + week + (1 | ID)", 15),
  c("bacteria", "y ~ 0 + trt + week + (1 | ID)", 1),
  c("verbagg", "r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)", 1),
  c("verbagg", "r2 ~ mode + btype + (1 + mode | id) + (1 | item)", 1),
  c("guimmun", "immun ~ kid2p + mom25p + pcInd81 + (1 | comm/mom)", 1),
  c("guimmun", "immun ~ kid2p + pcInd81 + (1 | comm)", 9)
)

bracketed <- function(names, data) {
  for (variable in names(data)) if (is.factor(data[[variable]])) {
    for (level in levels(data[[variable]])) {
      own <- gsub("+", "\\+", paste0(variable, level), fixed = TRUE)
      names <- gsub(paste0("(^|:)", own, "(:|$)"), paste0("\\1", variable, "[", level, "]\\2"), names)
    }
  }
  gsub(" ", "", gsub("^", "**", names, fixed = TRUE), fixed = TRUE)
}

fitted_once <- function(m) {
  data <- read.csv(file.path("data", paste0(m[1], ".csv")), stringsAsFactors = TRUE)
  points <- as.integer(m[3])
  fit <- glmer(as.formula(m[2]), data, family = binomial, nAGQ = points, control = glmerControl(
    optimizer = c("bobyqa", "bobyqa"), tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
    check.conv.grad = "ignore", check.conv.hess = "ignore"))
  modes <- ranef(fit, condVar = TRUE)
  variances <- as.data.frame(VarCorr(fit))
  cat(sprintf("%-75s %2d %14.6f\n", m[2], points, -2 * logLik(fit)))
  list(id = paste(m[1], m[2], points), data = paste0(m[1], ".csv"), points = points,
       formula = gsub("^", "**", m[2], fixed = TRUE), rows = nobs(fit),
       events = sum(fit@resp$y), criterion = -2 * as.numeric(logLik(fit)), aic = AIC(fit),
       terms = I(bracketed(names(fixef(fit)), data)), estimates = I(unname(fixef(fit))),
       covariance = unname(as.matrix(vcov(fit))),
       random = unname(Map(function(group, first, second, sd) list(
         group = gsub("[()]|\\.1$", "", group), terms = I(bracketed(c(first, if (!is.na(second)) second), data)), value = sd),
         variances$grp, variances$var1, variances$var2, variances$sdcor)),
       modes = lapply(setNames(names(modes), names(modes)), function(g) list(
         names = rownames(modes[[g]]), mode = unname(as.matrix(modes[[g]])),
         se = I(as.data.frame(modes)$condsd[as.data.frame(modes)$grpvar == g]))),
       fixed_variance = var(as.numeric(getME(fit, "X") %*% fixef(fit))),
       random_variance = sum((getME(fit, "Lambdat") %*% getME(fit, "Zt"))@x^2) / nobs(fit))
}
versions <- sapply(c("lme4", "mlmRev", "MASS"), function(p) as.character(packageVersion(p)), simplify = FALSE)
content <- list(made_by = R.version.string, packages = versions, fits = lapply(models, fitted_once))
writeLines(toJSON(content, digits = I(17), auto_unbox = TRUE, null = "null", na = "null", pretty = 1), "logistic.json")
