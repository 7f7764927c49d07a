# Linear mixed models whose residuals follow each other (corAR1, corCAR1) or spread unlike by group (varIdent), by nlme; joint tests of
# their terms (marginal, of sum contrasts: type III) with its anova, AIC and BIC; means and slopes by emmeans:
# Rscript residuals.R (in this folder). Versions are in residuals.json; the made data in data/following.csv.
suppressMessages({library(nlme); library(jsonlite); library(emmeans)})
set.seed(20261129)
g <- rep(1:80, times = sample(5:14, 80, TRUE)); n <- length(g); h <- (g - 1) %/% 8
day <- unlist(lapply(split(g, g), function(k) cumsum(sample(c(3, 7, 7, 7, 14, 21), length(k), TRUE)) + round(runif(length(k)), 2)))
number <- unlist(lapply(split(g, g), function(k) sort(sample(seq_len(length(k) + 3), length(k)))))
arm <- c("a", "b", "c")[1 + (1:80) %% 3][g]
e <- numeric(n)
for (i in seq_len(n)) {
  if (i == 1 || g[i] != g[i - 1]) e[i] <- rnorm(1)
  else { r <- .93^(day[i] - day[i - 1]); e[i] <- r * e[i - 1] + sqrt(1 - r^2) * rnorm(1) }
}
u <- rnorm(80)[g]; s <- .03 * rnorm(80)[g]
d <- data.frame(g = paste0("g", g), h = paste0("h", h), day = day, week = day / 7, number = number, arm = arm,
  x = round(rnorm(n), 3), y = round(12 + u + rnorm(10)[h + 1] - .04 * day + s * day / 7 + c(1, 1.6, .7)[1 + g %% 3] * e, 4))
d <- d[sample(n), ]
write.csv(d, "data/following.csv", row.names = FALSE)
read <- function(name) {
  d <- read.csv(file.path("data", name), stringsAsFactors = FALSE)
  for (v in names(d)) if (is.character(d[[v]])) d[[v]] <- factor(d[[v]], levels = sort(unique(d[[v]]), method = "radix"))
  d
}
# Sharp ends: nlme's defaults stop at about five digits.
control <- lmeControl(msMaxIter = 1000, maxIter = 1000, tolerance = 1e-9, msTol = 1e-11, niterEM = 50, returnObject = FALSE, opt = "nlminb")
ask <- function(data, formula, fixed, random, serial = "", spread = "", method = "REML", series = "", by = "", slope = "") {
  d <- read(data)
  groups <- if (is.list(random)) names(random) else character()
  inner <- if (nzchar(series)) series else tail(groups, 1)
  for (v in c(groups, inner)) d[[v]] <- factor(d[[v]])
  # corAR1 and corCAR1 take the rows of a group in the order of their times.
  if (nzchar(serial)) d <- d[order(d[[inner]], d[[serial]]), ]
  cor <- NULL
  if (nzchar(serial)) {
    form <- as.formula(paste("~", serial, "|", paste(unique(c(groups, inner)), collapse = "/")))
    whole <- all(d[[serial]] == round(d[[serial]]))
    cor <- if (whole) corAR1(.3, form) else corCAR1(.5, form)
  }
  wts <- if (nzchar(spread)) varIdent(form = as.formula(paste("~ 1 |", spread))) else NULL
  common <- list(data = d, correlation = cor, weights = wts, method = method)
  fitted <- function() {
    if (is.list(random)) do.call(lme, c(list(as.formula(fixed), random = random, control = control), common))
    else do.call(gls, c(list(as.formula(fixed), control = glsControl(msMaxIter = 1000, maxIter = 1000, tolerance = 1e-9, msTol = 1e-11)), common))
  }
  fit <- fitted()
  sds <- if (is.list(random)) unlist(lapply(fit$modelStruct$reStruct, function(m) sqrt(diag(as.matrix(m))) * fit$sigma)) else NULL
  phi <- if (nzchar(serial)) as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE)) else NULL
  spreads <- if (nzchar(spread)) as.list(fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)) else NULL
  # varFix is over sigma as estimated (ML: not blown up).
  v <- if (is.list(random)) fit$varFix else vcov(fit) * if (method == "ML") (fit$dims$N - fit$dims$p) / fit$dims$N else 1
  # Marginal tests are of type III where categories are coded to sum to zero.
  old <- options(contrasts = c("contr.sum", "contr.poly"))
  tests <- anova(fitted(), type = "marginal", adjustSigma = FALSE)
  options(old)
  # anova.gls blows sigma up all the same.
  if (!is.list(random) && method == "ML") tests$`F-value` <- tests$`F-value` * fit$dims$N / (fit$dims$N - fit$dims$p)
  tests <- tests[rownames(tests) != "(Intercept)", ]
  means <- slopes <- NULL
  rows_of <- function(grid) lapply(seq_len(nrow(grid)), function(i) list(label = as.character(grid[i, 1]), estimate = grid[i, 2], se = grid$SE[i]))
  if (nzchar(by)) {
    at <- emmeans(fit, by, mode = "asymptotic", adjustSigma = FALSE, sigmaAdjust = FALSE)
    means <- list(by = by, means = rows_of(as.data.frame(at)), differences = rows_of(as.data.frame(contrast(at, "trt.vs.ctrl1"))))
    if (nzchar(slope)) slopes <- list(of = slope, slopes = rows_of(as.data.frame(emtrends(fit, by, var = slope, mode = "asymptotic", delta.var = 1e-5,
      adjustSigma = FALSE, sigmaAdjust = FALSE))))
  }
  list(data = data, formula = formula, serial = serial, spread = spread, method = method, series = series,
    loglik = as.numeric(logLik(fit)), sigma = fit$sigma, phi = phi, spreads = spreads, sds = as.list(unname(sds)),
    parameters = attr(logLik(fit), "df"), aic = AIC(fit), bic = BIC(fit),
    tests = list(term = as.list(rownames(tests)), num_df = as.list(tests$numDF), f = as.list(tests$`F-value`)), emmeans = means, emtrends = slopes,
    estimate = as.list(unname(if (is.list(random)) fixef(fit) else coef(fit))), se = as.list(unname(sqrt(diag(v)))))
}
f <- "following.csv"
out <- list(
  ask(f, "y ~ week + (1 | g)", "y ~ week", list(g = ~1), "day"),
  ask(f, "y ~ week + (1 | g)", "y ~ week", list(g = ~1), "day", method = "ML"),
  ask(f, "y ~ week + (1 | g)", "y ~ week", list(g = ~1), "number"),
  ask(f, "y ~ week*arm + x + (1 | h/g)", "y ~ week*arm + x", list(h = ~1, g = ~1), "day", by = "arm", slope = "week"),
  ask(f, "y ~ week*arm + x + (week | g)", "y ~ week*arm + x", list(g = ~week), "day", by = "arm", slope = "week"),
  ask(f, "y ~ week + arm + (1 | g)", "y ~ week + arm", list(g = ~1), "", "arm", by = "arm"),
  ask(f, "y ~ week + arm + (1 | g)", "y ~ week + arm", list(g = ~1), "day", "arm", by = "arm"),
  ask(f, "y ~ week + arm + (1 | h/g)", "y ~ week + arm", list(h = ~1, g = ~1), "number", "arm", "ML", by = "arm"),
  ask(f, "y ~ 0 + arm + x + (1 | g)", "y ~ 0 + arm + x", list(g = ~1), "week"),
  ask(f, "y ~ week + x", "y ~ week + x", NULL, "day", "", series = "g"),
  ask(f, "y ~ week + x", "y ~ week + x", NULL, "day", "arm", "ML", series = "g"),
  ask("orthodont.csv", "distance ~ age + (age | Subject)", "distance ~ age", list(Subject = ~age), "", "Sex"),
  ask("orthodont.csv", "distance ~ age*Sex + (1 | Subject)", "distance ~ age*Sex", list(Subject = ~1), "", "Sex", "ML", by = "Sex", slope = "age"),
  ask("ovary.csv", "follicles ~ Time + I(Time**2) + (1 | Mare)", "follicles ~ Time + I(Time^2)", list(Mare = ~1), "Time"),
  ask("bodyweight.csv", "weight ~ Time*Diet + (Time | Rat)", "weight ~ Time*factor(Diet)", list(Rat = ~Time), "Time"),
  ask("milk.csv", "protein ~ Time + Diet + (1 | Cow)", "protein ~ Time + Diet", list(Cow = ~1), "Time", by = "Diet"),
  ask("milk.csv", "protein ~ Time*Diet + (1 | Cow)", "protein ~ Time*Diet", list(Cow = ~1), "Time", "Diet", by = "Diet", slope = "Time"))
versions <- sapply(c("nlme", "emmeans"), function(p) as.character(packageVersion(p)))
write_json(list(versions = as.list(versions), models = out), "residuals.json", auto_unbox = TRUE, digits = 12, null = "null")
