# The shape of models: polynomials, splines, offsets, weights.  Rscript shape.R  (in this folder, two
# minutes, after make_reference.R has written data/). Makes shape.json; packages as there, and splines.

source("fit_reference.R")
library(splines)

# Rapport settles knots and polynomials on the rows that the model uses; R on all that have the
# variable. So rows that are not complete leave before R sees them.
read_rows <- function(name, formula, weights) {
  all <- read.csv(file.path("data", paste0(name, ".csv")), na.strings = "")
  used <- intersect(c(all.vars(as.formula(formula)), weights), names(all))
  kept <- all[complete.cases(all[used]), ]
  attr(kept, "dropped") <- nrow(all) - nrow(kept)
  kept
}

# data set, formula, methods ("R" REML, "M" ML), weights
models <- list(
  c("orthodont", "distance ~ poly(age, 2) * Sex + (1 | Subject)", "RM"),
  c("orthodont", "distance ~ ns(age, df = 2) * Sex + (age | Subject)", "R"),
  c("orthodont", "distance ~ age * Sex + (age | Subject)", "RM", "age"),
  c("sleepstudy", "Reaction ~ poly(Days, 3) + (Days | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ poly(Days, 2) + (poly(Days, 2) | Subject)", "R"),
  c("sleepstudy", "Reaction ~ poly(Days, 2, raw = TRUE) + (1 | Subject)", "R"),
  c("sleepstudy", "Reaction ~ ns(Days, df = 3) + (ns(Days, df = 2) | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ ns(Days, knots = c(2, 6)) + (poly(Days, 2) || Subject)", "R"),
  c("sleepstudy", "Reaction ~ bs(Days, df = 4) + (Days || Subject)", "R"),
  c("sleepstudy", "Reaction ~ scale(Days) + (scale(Days) | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ 1 + offset(10 * Days) + (Days | Subject)", "RM"),
  c("chickweight", "weight ~ ns(Time, df = 3) * Diet + (Time | Chick)", "RM"),
  c("chickweight", "weight ~ poly(Time, 2) * Diet + (poly(Time, 2) | Chick)", "R"),
  c("chickweight", "weight ~ bs(Time, knots = 10, degree = 2, Boundary.knots = c(0, 21)) + (Time | Chick)", "R"),
  c("cake", "angle ~ recipe * poly(temp, 2) + (1 | replicate/recipe)", "RM"),
  c("cake", "angle ~ recipe + ns(temp, df = 3) + (1 | replicate/recipe)", "R"),
  c("cake", "angle ~ recipe * temp + (1 | replicate/recipe)", "RM", "temp"),
  c("pixel", "pixel ~ ns(day, df = 3) + (day | Dog) + (1 | Side:Dog)", "RM"),
  c("pixel", "pixel ~ poly(day, 2) + (poly(day, 1) | Dog) + (1 | Side:Dog)", "R"),
  c("co2", "uptake ~ ns(conc, df = 3) * Type + Treatment + (1 | Plant)", "R"),
  c("co2", "uptake ~ poly(log(conc), 2):Treatment + Type + (1 | Plant)", "R"),
  c("oxboys", "height ~ ns(age, df = 4) + (ns(age, df = 2) | Subject)", "R"),
  c("bodyweight", "weight ~ ns(Time, knots = c(22, 43), Boundary.knots = c(1, 50)) + Diet + (Time | Rat)", "R"),
  c("ratpup", "weight ~ Treatment * sex + offset(-Lsize / 10) + (1 | Litter)", "RM"),
  c("ratpup", "weight ~ Treatment * sex + (1 | Litter)", "RM", "Lsize"),
  c("gasoline", "yield ~ vapor + offset(0.15 * endpoint) + (1 | Sample)", "R", "endpoint"),
  c("pbg", "deltaBP ~ log(dose) * Treatment + (1 | Rabbit)", "RM", "dose"),
  c("spruce", "logSize ~ poly(days, 2) + (1 | plot/Tree)", "R", "days"),
  c("sessions", "score ~ ns(week, df = 3) + ending + (1 | therapist) + (week | patient)", "RM", "alliance")
)

# lmerTest's type III tests: all functions of a term together. Of a model with one term anova() tests
# the same hypothesis by other rows of its matrix (Doolittle's), and Satterthwaite's degrees of freedom
# depend on the rows: there the term's own coefficients are tested.
joint_tests <- function(fit) {
  table <- anova(fit)
  if (nrow(table) == 1) {
    own <- contestMD(fit, diag(length(fixef(fit)))[-1, , drop = FALSE])
    table$DenDF <- own$DenDF
  }
  list(terms = I(gsub(" ", "", rownames(table))), num_df = I(table$NumDF), den_df = I(table$DenDF),
       statistic = I(table[["F value"]]))
}

fits <- list()
for (m in models) for (method in c(if (grepl("R", m[3])) "REML", if (grepl("M", m[3])) "ML")) {
  weights <- if (length(m) > 3) m[4]
  rows <- read_rows(m[1], m[2], weights)
  id <- paste0(m[1], ": ", m[2], if (!is.null(weights)) paste(" weights", weights))
  fit <- reference_fit(id, rows, paste0(m[1], ".csv"), m[2], method, weights = weights)
  fit$rows_dropped <- attr(rows, "dropped")
  if (method == "REML" && is.null(weights)) {
    fit$joint <- joint_tests(fit_tightly(as.formula(m[2]), as_categories(rows), TRUE))
  }
  fits[[length(fits) + 1]] <- fit
}

# Columns of model.matrix, value by value: even and skewed arguments, ties, rows beyond the knots.
t <- c(0, 0, 1, 2, 3, 4, 4, 5, 7, 8, 9, 12, 14.5, 20)
x <- c(0.43, 2.38, 3.79, 2.44, 10.26, 2.8, 0.15, 0.73, 18.12, 13.25, 2.23, 1.02, 1.77, 0.13)
a <- factor(rep(c("a1", "a2"), 7))
calls <- c(
  "poly(t, 1)", "poly(t, 3)", "poly(t, 6)", "poly(x, 3)", "poly(t, 3, raw = TRUE)",
  "poly(t, degree = 2)", "poly(log(t + 1), 2)", "ns(t)", "ns(t, 2)", "ns(t, df = 3)",
  "ns(t, df = 5)", "ns(x, df = 4)", "ns(t, df = 4, intercept = TRUE)", "ns(t, knots = c(3, 6.5))",
  "ns(t, knots = 5, Boundary.knots = c(1, 9))", "ns(t, df = 3, Boundary.knots = c(-2, 10))",
  "bs(t)", "bs(t, df = 5)", "bs(t, df = 4, degree = 2)", "bs(t, degree = 1, knots = c(4, 10))",
  "bs(t, df = 5, Boundary.knots = c(1, 15))", "bs(t, df = 5, intercept = TRUE)",
  "bs(t, knots = c(2, 9), Boundary.knots = c(-1, 25))", "scale(t)", "scale(t, scale = FALSE)",
  "scale(x, center = FALSE)", "poly(t, 2):ns(x, df = 2)", "a:poly(t, 2)", "a * ns(t, df = 2)"
)
columns <- lapply(calls, function(call) {
  made <- suppressWarnings(model.matrix(as.formula(paste("~", call))))[, -1, drop = FALSE]
  names <- sub("^aa(.)", "a[a\\1]", colnames(made))
  list(call = call, columns = I(names), values = unname(made))
})
write_reference(fits, "shape.json", rows = data.frame(t, x, a = as.character(a)), columns = columns)
cat(length(fits), "fits,", length(columns), "calls\n")
