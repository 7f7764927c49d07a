# Profile intervals of logistic models:  Rscript logistic_intervals.R  (in this folder, some minutes)
# Packages as in logistic.R, whose data these are. The tests read logistic_intervals.json.
#
# lme4 follows each profile at some twenty points and reads the bound off splines through them, and
# its searches end flat: bounds are good to about 1e-3 of the interval. So each bound is sought
# again here, on glmer's own deviance function, by uniroot; confint's is stored beside it.

suppressPackageStartupMessages({ library(lme4); library(jsonlite) })

models <- list(
  c("cbpp", "sick ~ period + (1 | herd)"),
  c("contraception", "use ~ age + urban + (urban | district)"),
  c("contraception", "use ~ age + urban + (1 | district) + (0 + age | district)"),
  c("bacteria", "y ~ trt + week + (1 | ID)"),
  c("guimmun", "immun ~ kid2p + (1 | comm)")
)
control <- glmerControl(optimizer = c("bobyqa", "bobyqa"), tolPwrss = 1e-12,
  optCtrl = list(rhoend = 1e-9, maxfun = 1e5), check.conv.grad = "ignore", check.conv.hess = "ignore")

# -2 log-likelihood of theta and beta, Laplace; glmer's own.
deviance_of <- function(fit) {
  f <- update(fit, devFunOnly = TRUE)
  function(phi) f(phi)
}

# The least deviance with one entry of phi held, from `start`.
held <- function(f, j, value, start, lower) {
  inner <- function(free) { phi <- start; phi[-j] <- free; phi[j] <- value; f(phi) }
  found <- minqa::bobyqa(start[-j], inner, lower = lower[-j], control = list(rhobeg = .1, rhoend = 1e-6, maxfun = 20000))
  list(value = found$fval, free = found$par)
}

bound <- function(f, j, side, phi, least, se, lower) {
  limit <- qchisq(.95, 1)
  at <- phi
  rise <- function(value) {
    found <- held(f, j, value, at, lower)
    at[-j] <<- found$free
    found$value - least - limit
  }
  edge <- if (is.finite(lower[j])) 0 else -Inf
  far <- phi[j] + side * 2 * se
  if (side < 0 && far < edge) {
    if (rise(edge) < 0) return(edge)
    far <- edge
  }
  while (rise(far) < 0) far <- phi[j] + 1.5 * (far - phi[j])
  uniroot(rise, sort(c(phi[j], far)), tol = 1e-5 * se)$root
}

one <- function(m) {
  data <- read.csv(file.path("data", paste0(m[1], ".csv")), stringsAsFactors = TRUE)
  fit <- glmer(as.formula(m[2]), data, family = binomial, control = control)
  theta <- getME(fit, "theta")
  several <- length(theta) > length(ngrps(fit)) && !grepl("0 \\+", m[2])
  phi <- c(theta, fixef(fit))
  lower <- c(getME(fit, "lower"), rep(-Inf, length(fixef(fit))))
  f <- deviance_of(fit)
  least <- f(phi)
  ses <- c(rep(.3, length(theta)), sqrt(diag(as.matrix(vcov(fit)))))
  # A theta is a standard deviation where its term stands first in its block.
  own <- setdiff(seq_along(phi), if (several) 2:3 else integer())
  ends <- t(sapply(own, function(j) c(bound(f, j, -1, phi, least, ses[j], lower), bound(f, j, 1, phi, least, ses[j], lower))))
  theirs <- suppressMessages(confint(fit, method = "profile", oldNames = FALSE, quiet = TRUE))
  cat(m[2], "\n"); print(ends); print(theirs)
  list(data = paste0(m[1], ".csv"), formula = m[2], terms = I(names(fixef(fit))),
       theta = I(names(theta)), own = I(own), estimates = I(unname(phi)), bounds = ends,
       confint = list(names = rownames(theirs), bounds = unname(theirs)))
}
content <- list(made_by = R.version.string, lme4 = as.character(packageVersion("lme4")),
                fits = lapply(models, function(m) tryCatch(one(m), error = function(e) { print(e); NULL })))
write(toJSON(content, digits = 10, auto_unbox = TRUE, na = "null"), "logistic_intervals.json")
