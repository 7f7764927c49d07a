# Joint multilevel imputation by the R package jomo (Debian r-cran-jomo 2.7-4, R 4.2.2) of a data set with
# values missing at random, and what it finds: Rscript tests/reference/jomo.R (writes data/jomo.csv and
# jomo.json). Some 20 seconds.
suppressMessages(library(jomo))
set.seed(11)
J <- 40; each <- 15; n <- J * each
g <- rep(seq_len(J), each = each)
b <- matrix(rnorm(J * 3), J) %*% chol(matrix(c(.3, .1, .1, .1, .3, 0, .1, 0, .2), 3))
S <- matrix(c(1, .5, .3, .5, 1, .2, .3, .2, 1), 3)
v <- b[g, ] + matrix(rnorm(n * 3), n) %*% chol(S)
v[, 1] <- v[, 1] + 2
gone <- runif(n) < plogis(-1 + 1.2 * v[, 2])
v[gone, 1] <- NA
v[runif(n) < .1, 3] <- NA
d <- data.frame(g = g, y = round(v[, 1], 6), x = round(v[, 2], 6), w = round(v[, 3], 6))
write.csv(d, "tests/reference/data/jomo.csv", row.names = FALSE, na = "")
imp <- jomo(d[, c("y", "x", "w")], clus = d$g, nburn = 1000, nbetween = 100, nimp = 100, output = 0,
            l2cov.prior = diag(0.1, 3))
one <- function(k) {
  e <- imp[imp$Imputation == k, ]
  f <- summary(lm(y ~ x + w, e))$coefficients
  m <- tapply(e$y, e$clus, mean)
  c(mean = mean(e$y), var = var(e$y), between = var(as.numeric(m)), x = f[2, 1], w = f[3, 1])
}
found <- sapply(1:100, one)
out <- rbind(mean = rowMeans(found), sd = apply(found, 1, sd))
cat(jsonlite::toJSON(as.list(as.data.frame(out)), digits = 8, pretty = TRUE), "\n")
writeLines(jsonlite::toJSON(list(names = colnames(out), mean = out["mean", ], sd = out["sd", ],
  complete = mean(d$y, na.rm = TRUE)), digits = 8, pretty = TRUE), "tests/reference/jomo.json")
