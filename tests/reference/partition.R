# What explains outcome, computed from the tables by R alone: Rscript partition.R (in this folder).
# Debian: r-base-core r-cran-lme4 r-cran-jsonlite. The tests read partition.json and data/partition_*.csv.
# Every formula is written out here once more; nothing is shared with Rapport's own code.

suppressPackageStartupMessages({ library(lme4); library(jsonlite) })

# --- Made tables: 10 clinics, 42 therapists, some 260 episodes, forms missing here and there --------
make_tables <- function() {
  set.seed(20261123)
  clinics <- sprintf("k%02d", 1:10)
  therapist <- data.frame(therapist = sprintf("t%03d", 1:42))
  therapist$clinic <- sort(c(clinics, sample(clinics, 32, TRUE)))
  therapist$competence <- round(rnorm(42, 3.5, 1), 2)
  at_clinic <- setNames(rnorm(10, 0, .9), clinics)
  at_therapist <- setNames(rnorm(42, 0, 1.2), therapist$therapist)
  n <- 260
  episode <- data.frame(episode = sprintf("e%04d", 1:n), therapist = sort(sample(therapist$therapist, n, TRUE)))
  own_bond <- rnorm(n) + .5 * at_therapist[episode$therapist]
  severity <- rnorm(n)
  episode$support <- round(50 + 15 * (rnorm(n) - .4 * severity), 1)
  episode$employed <- ifelse(runif(n) < plogis(.3 - .5 * severity), "yes", "no")
  episode$expectation <- round(60 + 12 * (rnorm(n) + .3 * own_bond), 1)
  competence <- therapist$competence[match(episode$therapist, therapist$therapist)]
  clinic <- therapist$clinic[match(episode$therapist, therapist$therapist)]
  frailty <- rnorm(n, 0, 2) + at_therapist[episode$therapist] + at_clinic[clinic]
  session <- do.call(rbind, lapply(1:n, function(i) {
    k <- sort(sample(1:9, sample(2:8, 1)))
    bond <- 3.6 + .5 * own_bond[i] + .05 * k + rnorm(length(k), 0, .4)
    homework <- 50 + 6 * (competence[i] - 3.5) + rnorm(length(k), 0, 15)
    phq9 <- 15 + 3 * severity[i] + frailty[i] - k * (.6 + .25 * own_bond[i]) -
      .05 * (episode$support[i] - 50) - .04 * (episode$expectation[i] - 60) -
      1.2 * (episode$employed[i] == "yes") - .02 * (homework - 50) - 1.1 * (bond - 3.6) +
      rnorm(length(k), 0, 2.2)
    data.frame(episode = episode$episode[i], session = k, phq9 = round(phq9, 1),
               bond = round(bond, 2), homework = round(homework))
  }))
  lose <- function(x, share) { x[runif(length(x)) < share] <- NA; x }
  session$phq9 <- lose(session$phq9, .04)
  session$bond <- lose(session$bond, .08)
  session$homework <- lose(session$homework, .05)
  episode$support <- lose(episode$support, .02)
  list(therapist = therapist, episode = episode, session = session)
}

# --- Frames ---------------------------------------------------------------------------------------
merged <- function(rows, tables) merge(merge(rows, tables$episode, "episode"), tables$therapist, "therapist")

end_frame <- function(tables, adjusted) {
  rows <- do.call(rbind, lapply(split(tables$session, tables$session$episode), function(s) {
    s <- s[order(s$session), ]
    scores <- s$phq9[!is.na(s$phq9)]
    early <- s[s$session >= 3 & s$session <= 5, ]
    scored <- s[!is.na(s$phq9), ]
    # The outcome lies after the early sessions (3 to 5), the score at intake before their end.
    if (!nrow(scored) || tail(scored$session, 1) <= 5 || (adjusted && scored$session[1] >= 5)) return(NULL)
    data.frame(episode = s$episode[1], y = tail(scores, 1), intake = scores[1],
               bond = mean(early$bond, na.rm = TRUE), homework = mean(early$homework, na.rm = TRUE))
  }))
  na.omit(merged(rows, tables))
}

next_frame <- function(tables) {
  rows <- do.call(rbind, lapply(split(tables$session, tables$session$episode), function(s) {
    s <- s[order(s$session), ]
    if (nrow(s) < 2) return(NULL)
    now <- s[-nrow(s), ]
    follows <- diff(s$session) == 1  # the next number, or none
    data.frame(episode = s$episode[1], y = ifelse(follows, s$phq9[-1], NA), current = now$phq9,
               intake = s$phq9[!is.na(s$phq9)][1], bond = now$bond, homework = now$homework)
  }))
  na.omit(merged(rows, tables))
}

# --- Parts: own value minus the mean of the next level in use, …, mean of the outermost one -------
parts_of <- function(data, x, groups, first_only = FALSE) {
  means <- lapply(groups, function(g) ave(x, data[[g]]))
  inner <- c(list(x), means)
  out <- lapply(seq_along(inner), function(i) if (i < length(inner)) inner[[i]] - inner[[i + 1]] else inner[[i]])
  if (first_only) out[1] else out
}

# levels: names, innermost first; separate: those whose means are taken.
add_parts <- function(data, name, x, own, levels, first_only = FALSE) {
  at <- levels[match(own, levels):length(levels)]
  value <- if (own == levels[1]) x else ave(x, data[[own]])
  p <- parts_of(data, value, at[-1], first_only)
  keep <- seq_along(p)
  setNames(p, paste(name, at[keep], sep = "@"))
}

blocks_of <- list(alliance = "bond", technique = c("homework", "competence"), expectancy = "expectation",
                  `extra-therapeutic` = c("support", "employed"))

# --- Shapley shares of what `explained` says of each subset of the blocks ---------------------------
shared_out <- function(explained, levels, names_of) {
  k <- length(names_of)
  key <- function(s) paste(c("of", sort(s)), collapse = " ")
  subsets <- unlist(lapply(0:k, function(i) combn(k, i, simplify = FALSE)), recursive = FALSE)
  values <- setNames(lapply(subsets, function(s) explained(names_of[s])), sapply(subsets, key))
  shapley <- function(of) sapply(1:k, function(b) {
    without <- Filter(function(s) !(b %in% s), subsets)
    rowSums(matrix(sapply(without, function(s) {
      w <- factorial(length(s)) * factorial(k - length(s) - 1) / factorial(k)
      w * (of(values[[key(c(s, b))]]) - of(values[[key(s)]]))
    }), ncol = length(without)))
  })
  total <- function(v) sum(v$fixed)
  full <- values[[key(1:k)]]; none <- values[["of"]]
  levels_share <- shapley(function(v) v$level_r2)
  list(
    rows = full$rows, levels = levels, adjusted = total(none), criteria = lapply(values, function(v) v$criterion),
    blocks = setNames(lapply(1:k, function(b) list(
      share = shapley(total)[b], alone = total(values[[key(b)]]) - total(none),
      last = total(full) - total(values[[key(setdiff(1:k, b))]]))), names_of),
    unexplained = as.list(full$random),
    level_shares = setNames(lapply(seq_along(levels), function(i)
      setNames(as.list(matrix(levels_share, nrow = length(levels))[i, ]), names_of)), levels)
  )
}

partition <- function(data, levels, random, adjust) {
  data$employed <- as.numeric(data$employed == "yes")
  data$patient <- data$episode
  unit <- c(bond = levels[1], homework = levels[1], competence = "therapist", expectation = "patient",
            support = "patient", employed = "patient", intake = "patient", current = levels[1])
  columns <- list(); block <- list()
  take <- function(names, of, first_only = FALSE) for (n in names) {
    p <- add_parts(data, n, data[[n]], unit[[n]], levels, first_only && n == "current")
    columns <<- c(columns, p)
    block[[of]] <<- c(block[[of]], names(p))
  }
  take(adjust, "adjusted", TRUE)
  for (b in names(blocks_of)) take(blocks_of[[b]], b)
  X <- as.data.frame(columns, check.names = FALSE)
  level_of <- sub(".*@", "", names(X))
  names(X) <- paste0("v", seq_along(X)); codes <- setNames(names(X), names(columns))
  frame <- cbind(data[, c("y", "patient", "therapist", "clinic")], X)
  N <- nrow(frame)
  explained <- function(subset) {
    used <- unname(codes[c(block$adjusted, unlist(block[subset]))])
    text <- paste("y ~ 1", paste(c("", used), collapse = " + "), paste0(" + (1 | ", random, ")", collapse = ""))
    control <- lmerControl("bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), check.conv.singular = "ignore",
                           check.scaleX = "ignore")
    m <- lmer(as.formula(text), frame, REML = TRUE, control = control)
    b <- fixef(m)[used]; V <- as.matrix(vcov(m))[used, used, drop = FALSE]
    fixed <- sapply(levels, function(l) {
      own <- used[level_of[match(used, names(X))] == l]
      if (!length(own)) return(0)
      S <- cov(as.matrix(frame[, own, drop = FALSE])) * (N - 1) / N
      drop(t(b[own]) %*% S %*% b[own]) - sum(S * V[own, own])
    })
    vc <- sapply(random, function(g) as.numeric(VarCorr(m)[[g]]))
    r <- c(setNames(sigma(m)^2, levels[1]), vc)
    total <- sum(fixed) + sum(r)
    home <- ifelse(names(r) %in% levels, names(r), tail(levels, 1))
    at <- sapply(levels, function(l) sum(r[home == l]))
    list(fixed = fixed / total, random = r / total, level_r2 = ifelse(at + fixed > 0, fixed / (at + fixed), 0),
         rows = N)
  }
  shared_out(explained, levels, names(blocks_of))
}

# --- Growth: shares of the variance of patients' slopes ---------------------------------------------
growth_frame <- function(tables, adjust) {
  rows <- do.call(rbind, lapply(split(tables$session, tables$session$episode), function(s) {
    s <- s[order(s$session), ]
    early <- s[s$session >= 1 & s$session <= 2, ]  # sessions 1 and 2 are early, the rest are rows
    scored <- s[!is.na(s$phq9), ]
    if (!nrow(scored)) return(NULL)
    if (adjust && scored$session[1] >= 2) return(NULL)
    out <- data.frame(episode = s$episode[1], y = scored$phq9, t = scored$session - 2, intake = scored$phq9[1],
                      bond = mean(early$bond, na.rm = TRUE), homework = mean(early$homework, na.rm = TRUE))
    out[out$t > 0, ]
  }))
  na.omit(merged(rows, tables))
}

growth <- function(data, levels, adjust) {
  data$employed <- as.numeric(data$employed == "yes")
  data$patient <- data$episode
  unit <- c(bond = "patient", homework = "patient", competence = "therapist", expectation = "patient",
            support = "patient", employed = "patient", intake = "patient")
  columns <- list(); block <- list()
  take <- function(names, of) for (n in names) {
    p <- add_parts(data, n, data[[n]], unit[[n]], levels)
    columns <<- c(columns, p)
    block[[of]] <<- c(block[[of]], names(p))
  }
  take(adjust, "adjusted")
  for (b in names(blocks_of)) take(blocks_of[[b]], b)
  X <- as.data.frame(columns, check.names = FALSE)
  level_of <- sub(".*@", "", names(X))
  names(X) <- paste0("v", seq_along(X)); codes <- setNames(names(X), names(columns))
  frame <- cbind(data[, c("y", "t", "patient", "therapist", "clinic")], X)
  N <- nrow(frame)
  groups <- c("patient", "therapist", "clinic")
  explained <- function(subset) {
    used <- unname(codes[c(block$adjusted, unlist(block[subset]))])
    text <- paste("y ~ t + I(t^2)", paste(c("", used, sprintf("%s:t", used)), collapse = " + "), "+ (t | patient)",
                  "+ (1 | therapist) + (0 + t | therapist) + (1 | clinic) + (0 + t | clinic)")
    control <- lmerControl("bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), check.conv.singular = "ignore",
                           check.scaleX = "ignore")
    m <- lmer(as.formula(text), frame, REML = TRUE, control = control)
    # bobyqa can stop in a valley that is not the lowest: two other searches, and the best of all.
    others <- list(lmerControl("Nelder_Mead", check.conv.singular = "ignore", check.scaleX = "ignore"),
                   lmerControl("nloptwrap", check.conv.singular = "ignore", check.scaleX = "ignore"))
    for (search in others) {
      again <- suppressWarnings(lmer(as.formula(text), frame, REML = TRUE, control = search))
      again <- suppressWarnings(lmer(as.formula(text), frame, REML = TRUE, control = control,
                                     start = getME(again, "theta")))
      if (REMLcrit(again) < REMLcrit(m) - 1e-6) m <- again
    }
    change <- function(u) ifelse(paste0(u, ":t") %in% names(fixef(m)), paste0(u, ":t"), paste0("t:", u))
    V <- as.matrix(vcov(m))
    fixed <- sapply(levels, function(l) {
      own <- used[level_of[match(used, names(X))] == l]
      if (!length(own)) return(0)
      S <- cov(as.matrix(frame[, own, drop = FALSE])) * (N - 1) / N
      b <- fixef(m)[change(own)]
      drop(t(b) %*% S %*% b) - sum(S * V[change(own), change(own)])
    })
    vc <- as.data.frame(VarCorr(m))
    slope <- vc[vc$var1 %in% "t" & is.na(vc$var2), ]
    r <- setNames(slope$vcov[match(groups, sub("\\.[0-9]+$", "", slope$grp))], groups)
    total <- sum(fixed) + sum(r)
    home <- ifelse(groups %in% levels, groups, tail(levels, 1))
    at <- sapply(levels, function(l) sum(r[home == l]))
    list(fixed = fixed / total, random = r / total, level_r2 = fixed / (at + fixed), rows = N,
         criterion = REMLcrit(m))
  }
  shared_out(explained, levels, names(blocks_of))
}

tables <- make_tables()
for (t in names(tables)) write.csv(tables[[t]], file.path("data", paste0("partition_", t, ".csv")),
                                   row.names = FALSE, quote = FALSE, na = "")
end <- end_frame(tables, TRUE); nxt <- next_frame(tables)
answer <- list(
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4"))),
  end = partition(end, c("patient", "therapist"), c("therapist", "clinic"), "intake"),
  end_not_adjusted = partition(end_frame(tables, FALSE), c("patient", "therapist"), c("therapist", "clinic"), character()),
  `next` = partition(nxt, c("session", "patient", "therapist"), c("patient", "therapist", "clinic"),
                     c("current", "intake")),
  growth = growth(growth_frame(tables, TRUE), c("patient", "therapist"), "intake"),
  growth_not_adjusted = growth(growth_frame(tables, FALSE), c("patient", "therapist"), character())
)
write_json(answer, "partition.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
