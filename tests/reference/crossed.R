# lme4's answers on crossed groupings:  Rscript crossed.R  (in this folder, about six minutes)
# Packages as in make_reference.R. The tests read crossed.json and data/, and need no R.
# data/insteval.parquet is lme4's InstEval (GPL): written as CSV here, then by DuckDB,
#   COPY (SELECT y, service, s, d, dept FROM read_csv('insteval.csv')) TO 'data/insteval.parquet' (COMPRESSION zstd)

source("fit_reference.R")
suppressPackageStartupMessages(library(mlmRev))

store_data <- function(name, data) {
  out <- lapply(data, function(x) if (is.numeric(x)) formatC(x, digits = 17, width = 1, format = "g") else as.character(x))
  write.csv(as.data.frame(out), file.path("data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
}

# Patients of whom some change therapist, therapists who work in up to three clinics, clinics of
# different size: nothing is nested (test T3), and patients differ in slope.
made_changes <- function() {
  set.seed(20240923)
  patients <- 160; therapists <- 24; clinics <- 7
  works_in <- lapply(seq_len(therapists), function(t) sample(clinics, sample(1:3, 1), prob = clinics:1))
  first <- sample(therapists, patients, TRUE, prob = 1 + (1:therapists) %% 5)
  second <- ifelse(runif(patients) < .25, sample(therapists, patients, TRUE), first)
  sessions <- sample(3:9, patients, TRUE)
  patient <- rep(seq_len(patients), sessions)
  week <- unlist(lapply(sessions, seq_len)) - 1
  therapist <- ifelse(week < sessions[patient] / 2, first[patient], second[patient])
  clinic <- vapply(seq_along(therapist), function(i) {
    options <- works_in[[therapist[i]]]
    options[1 + (patient[i] %% length(options))]
  }, 1)
  alliance <- round(5 + rnorm(length(week), 0, .8), 2)
  score <- 15 - .6 * week - .9 * (alliance - 5) + rnorm(patients, 0, 2.5)[patient] +
    rnorm(patients, 0, .35)[patient] * week + rnorm(therapists, 0, 1.3)[therapist] +
    rnorm(clinics, 0, 1)[clinic] + rnorm(length(week), 0, 2)
  data.frame(score = round(score, 3), week = week, alliance = alliance, patient = sprintf("p%03d", patient),
             therapist = sprintf("t%02d", therapist), clinic = paste0("c", clinic))
}

data("InstEval", package = "lme4")
all_lectures <- data.frame(y = as.numeric(InstEval$y), service = paste0("s", InstEval$service),
                           s = as.character(InstEval$s), d = as.character(InstEval$d),
                           dept = as.character(InstEval$dept),
                           studage = as.numeric(as.character(InstEval$studage)))
some <- all_lectures[as.integer(all_lectures$s) %% 12 == 1 & as.integer(all_lectures$d) %% 3 == 0, ]
changes <- made_changes()
write.csv(all_lectures[c("y", "service", "s", "d", "dept")], "insteval.csv", row.names = FALSE, quote = FALSE)
store_data("insteval_some", some)
store_data("changes", changes)

stored <- function(name) {
  read.csv(file.path("data", paste0(name, ".csv")), stringsAsFactors = FALSE, check.names = FALSE)
}
models <- list(
  c("changes", "score ~ week + alliance + (1 | patient) + (1 | therapist) + (1 | clinic)", "RM"),
  c("changes", "score ~ week + alliance + (week | patient) + (1 | therapist) + (1 | clinic)", "RM"),
  c("changes", "score ~ week * alliance + (1 | patient) + (week | therapist)", "R"),
  c("changes", "score ~ alliance + (1 | therapist) + (1 | clinic)", "R"),
  c("changes", "score ~ week + (1 | clinic) + (1 | therapist) + (1 | clinic:therapist)", "R"),
  c("scotssec", "attain ~ verbal * sex + (verbal | primary) + (1 | second)", "R"),
  c("assay", "logDens ~ dilut + (1 | Block) + (1 | Block:sample) + (1 | Block:dilut)", "R"),
  c("assay", "logDens ~ 1 + (1 | Block:sample) + (1 | dilut)", "RM"),
  c("machines", "score ~ 1 + (1 | Worker) + (1 | Machine)", "RM"),
  c("machines", "score ~ 1 + (1 | Worker) + (1 | Machine) + (1 | Worker:Machine)", "R"),
  c("ergostool", "effort ~ 1 + (1 | Type) + (1 | Subject)", "RM"),
  c("insteval_some", "y ~ service + (1 | s) + (1 | d) + (1 | dept)", "R"),
  c("insteval_some", "y ~ service * studage + (studage || s) + (1 | dept:service)", "R")
)
fits <- list()
for (m in models) for (method in c(if (grepl("R", m[3])) "REML", if (grepl("M", m[3])) "ML")) {
  fits[[length(fits) + 1]] <-
    reference_fit(paste0(m[1], ": ", m[2]), stored(m[1]), paste0(m[1], ".csv"), m[2], method)
}

# All of InstEval: one tight search (16 s each) and no slope of the criterion, which takes minutes.
fit_tightly <- function(formula, data, reml) {
  lmerTest::lmer(formula, data, REML = reml, control = lmerControl(
    optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9), calc.derivs = FALSE))
}
free_gradient <- function(fit, formula, data) NULL
whole <- "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
fits[[length(fits) + 1]] <-
  reference_fit(paste0("insteval: ", whole), all_lectures, "insteval.parquet", whole, "REML")
write_reference(fits, "crossed.json")
cat(length(fits), "fits\n")
