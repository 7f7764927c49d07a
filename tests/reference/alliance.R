# R's answers on two raters, response surfaces and 1-1-1 mediation. Usage, in this folder:
#   Rscript alliance.R   (about a minute; lme4 1.1-31, nlme, jsonlite)
# Writes data/raters_gaps.csv (made here, seed below) and alliance.json. nlme searches by nlminb: its optim
# ends up to .003 of log-likelihood short, and sigma_ab then differs in the third digit.
suppressPackageStartupMessages({library(lme4); library(nlme); library(jsonlite)})

truth_and_bias <- function(d) {
  d$m <- ave(d$p, d$patient, FUN = function(v) mean(v, na.rm = TRUE))
  d$y <- d$t - d$m; d$x <- d$p - d$m
  f <- lmer(y ~ x + (x | patient), d, REML = TRUE,
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
  v <- VarCorr(f)$patient
  se <- sqrt(diag(as.matrix(vcov(f))))
  list(bias = fixef(f)[[1]], congruence = fixef(f)[[2]], se = unname(se), log_likelihood = as.numeric(logLik(f)),
       variances = list(bias = v[1, 1], congruence = v[2, 2], covariance = v[2, 1], residual = sigma(f)^2))
}
shapes <- function(b, V) {
  L <- rbind(a1 = c(0, 1, 1, 0, 0, 0), a2 = c(0, 0, 0, 1, 1, 1), a3 = c(0, 1, -1, 0, 0, 0),
             a4 = c(0, 0, 0, 1, -1, 1), a5 = c(0, 0, 0, 1, 0, -1))
  ridge <- function(b) {
    p <- -.5 * solve(matrix(c(b[4], b[5] / 2, b[5] / 2, b[6]), 2), b[2:3])
    p11 <- (b[6] - b[4] + sqrt((b[4] - b[6])^2 + b[5]^2)) / b[5]
    c(p[2] - p11 * p[1], p11)
  }
  D <- sapply(1:6, function(i) { h <- 1e-5; e <- replace(numeric(6), i, h); (ridge(b + e) - ridge(b - e)) / (2 * h) })
  e <- c(drop(L %*% b), setNames(ridge(b), c("p10", "p11")))
  s <- sqrt(c(diag(L %*% V %*% t(L)), diag(D %*% V %*% t(D))))
  lapply(setNames(seq_along(e), names(e)), function(i) list(estimate = e[[i]], se = s[[i]]))
}
surface <- function(x, y, z) {
  f <- lm(z ~ x + y + I(x^2) + I(x * y) + I(y^2))
  list(r2 = summary(f)$r.squared, shapes = shapes(unname(coef(f)), unname(vcov(f))))
}
within_surface <- function(d) {
  d <- d[complete.cases(d), ]
  d$x <- d$p - ave(d$p, d$patient); d$y <- d$t - ave(d$t, d$patient)
  f <- lmer(z ~ x + y + I(x^2) + I(x * y) + I(y^2) + (1 | patient), d)
  list(shapes = shapes(unname(fixef(f)), unname(as.matrix(vcov(f)))))
}
mediation <- function(d, random_c, method = "REML") {
  n <- nrow(d)
  s <- data.frame(id = rep(d$id, 2), z = c(d$m, d$y), Sm = rep(1:0, each = n), Sy = rep(0:1, each = n),
                  x = rep(d$x, 2), m = c(rep(0, n), d$m))
  s$a <- s$Sm * s$x; s$b <- s$Sy * s$m; s$c <- s$Sy * s$x
  random <- if (random_c) ~ 0 + Sm + a + Sy + b + c | id else ~ 0 + Sm + a + Sy + b | id
  f <- lme(z ~ 0 + Sm + a + Sy + b + c, s, random = random, weights = varIdent(form = ~ 1 | Sm), method = method,
           control = lmeControl(maxIter = 500, msMaxIter = 500, niterEM = 100, opt = "nlminb"))
  b <- fixef(f); G <- as.matrix(getVarCov(f)); ab <- G["a", "b"]
  list(method = method, random_c = random_c, a = b[["a"]], b = b[["b"]], c = b[["c"]], covariance = ab,
       indirect = b[["a"]] * b[["b"]] + ab, log_likelihood = as.numeric(logLik(f)),
       se = list(a = sqrt(vcov(f)["a", "a"]), b = sqrt(vcov(f)["b", "b"]), c = sqrt(vcov(f)["c", "c"])))
}
set.seed(41)
N <- 60; k <- sample(3:9, N, TRUE); id <- rep(1:N, k); n <- length(id)
level <- rnorm(N, 4.5, .6); b0 <- rnorm(N, -.2, .4); b1 <- rnorm(N, .5, .25)
p <- round(level[id] + rnorm(n, 0, .7), 2); m <- ave(p, id)
t <- round(m + b0[id] + b1[id] * (p - m) + rnorm(n, 0, .4), 2)
z <- round(10 - .8 * (p - m) - .5 * (t - m) + .6 * (p - t)^2 + rnorm(N, 0, 2)[id] + rnorm(n), 2)
p[runif(n) < .08] <- NA; t[runif(n) < .12] <- NA
gaps <- data.frame(patient = id, session = ave(id, id, FUN = seq_along), p = p, t = t, z = z)
write.csv(gaps, "data/raters_gaps.csv", row.names = FALSE, quote = FALSE)
two <- read.csv("data/two_raters.csv"); names(two)[2:3] <- c("p", "t")
power <- read.table("data/surface_motcon.tab", header = TRUE)
bauer <- read.csv("data/mediation.csv")
write_json(list(
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")), nlme = as.character(packageVersion("nlme"))),
  raters = list(two_raters = truth_and_bias(two), raters_gaps = truth_and_bias(gaps)),
  surfaces = list(motcon = with(power, surface(ePow, iPow, postVA)), raters_gaps = with(gaps, surface(p, t, z))),
  within = list(raters_gaps = within_surface(gaps[, c("patient", "p", "t", "z")])),
  mediation = list(bauer = lapply(c(FALSE, TRUE), function(r) mediation(bauer, r)),
                   bauer_ml = lapply(c(FALSE, TRUE), function(r) mediation(bauer, r, "ML")))),
  "alliance.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
