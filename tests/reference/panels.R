# lavaan's answers for the models of "which comes first": RI-CLPM and LCM-SR.
# Usage, in this folder: Rscript panels.R   (about four minutes; lavaan 0.6-14, jsonlite)
# Writes data/panel_*.csv (made here, seeds below) and panels.json. The files panel_complete.csv
# and panel_missing.csv come from the project's shared references and are read, not made.
suppressPackageStartupMessages({library(lavaan); library(jsonlite)})

syntax <- function(T, model) {
  s <- paste0("s", 1:T); a <- paste0("a", 1:T)
  sum_of <- function(load, v) paste(paste0(load, "*", v), collapse = " + ")
  lines <- c(paste("is =~", sum_of(1, s)), paste("ia =~", sum_of(1, a)))
  growth <- c("is", "ia")
  if (model == "lcm-sr") {
    lines <- c(lines, paste("ls =~", sum_of(0:(T - 1), s)), paste("la =~", sum_of(0:(T - 1), a)))
    growth <- c(growth, "ls", "la")
  }
  for (i in seq_along(growth)) for (j in i:length(growth))
    lines <- c(lines, paste(growth[i], "~~", growth[j]))
  for (t in 1:T) lines <- c(lines,
    sprintf("ws%d =~ 1*s%d", t, t), sprintf("wa%d =~ 1*a%d", t, t),
    sprintf("s%d ~~ 0*s%d", t, t), sprintf("a%d ~~ 0*a%d", t, t),
    sprintf("ws%d ~~ ws%d", t, t), sprintf("wa%d ~~ wa%d", t, t), sprintf("ws%d ~~ wa%d", t, t),
    sprintf("s%d ~ 1", t), sprintf("a%d ~ 1", t))
  for (t in 2:T) lines <- c(lines,
    sprintf("ws%d ~ ss*ws%d + sa*wa%d", t, t - 1, t - 1),
    sprintf("wa%d ~ as*ws%d + aa*wa%d", t, t - 1, t - 1))
  for (g in growth) lines <- c(lines, sprintf("%s ~~ 0*%s1", g, c("ws", "wa")))
  paste(unique(lines), collapse = "\n")
}

# lavaan's search knows no units: far from SD 1 it may not end. Then the same data are fitted with
# both measures in SDs, and what follows is put back into the data's units (`scaled`).
fit <- function(data, T, model) {
  try_with <- function(d) {
    # A sharper tolerance than lavaan's own 1e-10 ends in "not converged"; looser ones are a retry.
    for (tolerance in c(1e-10, 1e-9, 1e-8)) {
      f <- suppressWarnings(lavaan(syntax(T, model), d, missing = "ml", meanstructure = TRUE,
        information = "observed", se = "standard",
        control = list(iter.max = 5000, eval.max = 20000, rel.tol = tolerance)))
      if (lavInspect(f, "converged")) return(f)
    }
    NULL
  }
  unit <- c(1, 1); f <- try_with(data); shift <- 0
  if (is.null(f)) {
    of <- list(paste0("s", 1:T), paste0("a", 1:T))
    for (k in 1:2) {
      x <- as.matrix(data[of[[k]]]); unit[k] <- sd(x, na.rm = TRUE)
      data[of[[k]]] <- x / unit[k]; shift <- shift - sum(!is.na(x)) * log(unit[k])
    }
    f <- try_with(data)
  }
  if (is.null(f)) return(list(model = model, sessions = T, converged = FALSE))
  e <- parameterEstimates(f)
  lag <- function(l, u) { r <- e[e$label == l, ][1, ]; list(estimate = r$est * u, se = r$se * u) }
  vars <- if (model == "lcm-sr") c("is", "ia", "ls", "la") else c("is", "ia")
  by <- diag(rep(unit, length(vars) / 2))
  m <- fitMeasures(f, c("logl", "unrestricted.logl", "chisq", "df", "rmsea", "npar"))
  n <- lavInspect(f, "nobs")
  list(model = model, sessions = T, converged = TRUE, scaled = any(unit != 1),
       patients = n, patterns = nrow(lavInspect(f, "patterns")),
       log_likelihood = m[["logl"]] + shift, saturated = m[["unrestricted.logl"]] + shift,
       chi_square = m[["chisq"]], df = m[["df"]], rmsea = m[["rmsea"]],
       bic = -2 * (m[["logl"]] + shift) + m[["npar"]] * log(n),
       lags = list(ss = lag("ss", 1), sa = lag("sa", unit[1] / unit[2]),
                   as = lag("as", unit[2] / unit[1]), aa = lag("aa", 1)),
       random = unname(by %*% lavInspect(f, "est")$psi[vars, vars] %*% by),
       gradient = max(abs(lavInspect(f, "gradient"))))
}

# One made panel. between, slopes: SDs of (symptoms, alliance); innovation: SDs and correlation.
make <- function(seed, N, T, A, between = c(1, 1), slopes = c(0, 0), r = -.3, sd = c(1, 1),
                 scale = c(1, 1), level = c(15, 45), digits = 3) {
  set.seed(seed)
  S <- diag(sd) %*% matrix(c(1, r, r, 1), 2) %*% diag(sd)
  draw <- function(n, V) matrix(rnorm(2 * n), n) %*% chol(V)
  b <- draw(N, diag(between) %*% matrix(c(1, -.4, -.4, 1), 2) %*% diag(between) + diag(1e-12, 2))
  l <- cbind(rnorm(N, 0, slopes[1]), rnorm(N, 0, slopes[2]))
  w <- draw(N, S * 1.2); s <- a <- matrix(NA, N, T)
  for (t in 1:T) {
    if (t > 1) w <- w %*% t(A) + draw(N, S * (1 + .1 * sin(t)))
    s[, t] <- level[1] - .5 * t + b[, 1] + l[, 1] * (t - 1) + w[, 1]
    a[, t] <- level[2] + .3 * t + b[, 2] + l[, 2] * (t - 1) + w[, 2]
  }
  d <- data.frame(patient = 1:N, round(s * scale[1], digits), round(a * scale[2], digits))
  names(d) <- c("patient", paste0("s", 1:T), paste0("a", 1:T)); d
}
cells <- function(d, share) {           # single cells missing
  m <- as.matrix(d[-1]); m[runif(length(m)) < share] <- NA; d[-1] <- m; d
}
forms <- function(d, T, share) {        # whole sessions missing
  for (t in 1:T) { out <- runif(nrow(d)) < share; d[out, c(paste0("s", t), paste0("a", t))] <- NA }
  d
}
dropout <- function(d, T, cut) {        # leaves for good once the last seen score is low
  for (t in 2:T) {
    last <- d[[paste0("s", t - 1)]]; p <- plogis(-2 + 1.2 * (cut - last) / sd(last, na.rm = TRUE))
    gone <- is.na(last) & is.na(d[[paste0("a", t - 1)]]) | (!is.na(last) & runif(nrow(d)) < p)
    d[gone, as.vector(outer(c("s", "a"), t:T, paste0))] <- NA
  }
  d
}
single <- function(d, T, n) { d[1:n, as.vector(outer(c("s", "a"), 2:T, paste0))] <- NA; d }

A <- function(ss, sa, as, aa) matrix(c(ss, as, sa, aa), 2)
reciprocal <- A(.3, -.15, -.2, .3)
cases <- list(
  three = function() make(11, 200, 3, reciprocal),
  four_cells = function() cells(make(12, 300, 4, reciprocal, slopes = c(.3, .3)), .15),
  five_small_scale = function() dropout(make(13, 180, 5, A(.4, -.3, 0, .4), r = -.8,
    scale = c(1e-3, 1e-3), level = c(12, 40), digits = 7), 5, .011),
  six_few = function() make(14, 100, 6, A(.2, 0, -.3, .5)),
  eight_mixed = function() single(forms(dropout(cells(make(15, 300, 8, reciprocal,
    slopes = c(.2, .15), scale = c(1, 1000), digits = 2), .05), 8, 12), 8, .1), 8, 25),
  seven_no_between = function() make(16, 250, 7, A(.5, -.1, -.1, .5), between = c(1, 0)),
  ten_empty = function() forms(make(17, 150, 10, A(.3, 0, 0, .3)), 10, .2),
  six_between = function() cells(make(18, 220, 6, reciprocal, between = c(4, 4), slopes = c(.4, .4)), .1),
  twelve_sparse = function() forms(make(19, 160, 12, A(.1, -.1, -.1, .1), slopes = c(.1, .1)), 12, .45))

out <- list(versions = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan"))),
            fits = list())
for (name in c("complete", "missing", names(cases))) {
  file <- paste0("data/panel_", name, ".csv")
  if (name %in% names(cases)) write.csv(cases[[name]](), file, row.names = FALSE, quote = FALSE)
  d <- read.csv(file); T <- (ncol(d) - 1) / 2
  for (model in c("ri-clpm", "lcm-sr")) {
    if (model == "lcm-sr" && T < 4) next
    out$fits[[length(out$fits) + 1]] <- c(list(file = basename(file)), fit(d, T, model))
    f <- out$fits[[length(out$fits)]]
    if (f$converged) cat(sprintf("%-20s %-8s %d logL %.4f chi %.3f df %d lags %s\n", name, model, f$converged,
      f$log_likelihood, f$chi_square, f$df, paste(sprintf("%.4f", sapply(f$lags, `[[`, "estimate")), collapse = " "))) else
      cat(name, model, "did not converge\n")
  }
}
write_json(out, "panels.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
