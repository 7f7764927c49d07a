# lme4's answers on R's own data, kept beside the data:  Rscript make_reference.R  (in this folder)
# Debian: r-base-core r-cran-lme4 r-cran-lmertest r-cran-pbkrtest r-cran-mlmrev r-cran-nlme
# r-cran-jsonlite r-cran-numderiv. The tests read lme4.json and data/*.csv and need no R.

source("fit_reference.R")
suppressPackageStartupMessages({ library(nlme); library(mlmRev); library(MASS) })
lmer <- lmerTest::lmer

# Written with 17 significant digits, so that Python reads the very same doubles.
store_data <- function(name, data) {
  out <- lapply(data, function(x) if (is.numeric(x)) ifelse(is.na(x), NA, formatC(x, digits = 17, width = 1, format = "g")) else as.character(x))
  write.csv(as.data.frame(out, check.names = FALSE), file.path("data", paste0(name, ".csv")),
            row.names = FALSE, quote = FALSE, na = "")
}

# Columns of a data set: numeric stay numbers; factors become text, behind a letter where their
# levels are numbers but their meaning is a category (a CSV can't say so otherwise).
columns_of <- function(data, numeric = c(), text = c(), lettered = c()) {
  data <- as.data.frame(data)
  out <- list()
  for (n in numeric) out[[n]] <- as.numeric(data[[n]])
  for (n in text) out[[n]] <- as.character(data[[n]])
  for (n in lettered) out[[n]] <- paste0(substr(n, 1, 1), as.character(data[[n]]))
  as.data.frame(out, stringsAsFactors = FALSE, check.names = FALSE)
}

# A made treatment file: 4 clinics' worth of nesting with slopes, few therapists a clinic, missing
# forms and leading zeros in the therapists' names. The names don't repeat between clinics.
made_sessions <- function() {
  set.seed(20240611)
  clinics <- 8
  therapist_clinic <- rep(seq_len(clinics), times = c(3, 5, 2, 4, 6, 3, 4, 5))
  patients <- sample(2:6, length(therapist_clinic), replace = TRUE)
  patient_therapist <- rep(seq_along(therapist_clinic), patients)
  episodes <- sample(1:2, length(patient_therapist), replace = TRUE, prob = c(.6, .4))
  episode_patient <- rep(seq_along(patient_therapist), episodes)
  sessions <- sample(3:12, length(episode_patient), replace = TRUE)
  row_episode <- rep(seq_along(episode_patient), sessions)
  patient <- episode_patient[row_episode]
  therapist <- patient_therapist[patient]
  clinic <- therapist_clinic[therapist]
  week <- unlist(lapply(sessions, seq_len)) - 1
  n <- length(week)
  alliance <- 5 + rnorm(max(therapist), 0, .3)[therapist] + rnorm(max(patient), 0, .5)[patient] +
    rnorm(n, 0, .5)
  ending <- sample(c("completed", "dropped out", "referred"), max(row_episode), TRUE,
                   c(.6, .3, .1))[row_episode]
  score <- 16 - .5 * week - 1.2 * (alliance - 5) + rnorm(clinics, 0, 1)[clinic] +
    rnorm(max(therapist), 0, 1.2)[therapist] + rnorm(max(patient), 0, 2.5)[patient] +
    rnorm(max(patient), 0, .3)[patient] * week + rnorm(max(row_episode), 0, 1.5)[row_episode] +
    rnorm(n, 0, 2)
  data <- data.frame(score = round(score, 3), week = week, alliance = round(alliance, 2),
                     ending = ending, clinic = paste0("clinic ", clinic),
                     therapist = sprintf("%05d", therapist * 7), patient = sprintf("p%04d", patient),
                     episode = sprintf("e%04d", row_episode), stringsAsFactors = FALSE)
  data$score[sample(n, 40)] <- NA
  data$alliance[sample(n, 60)] <- NA
  data
}

data(list = c("sleepstudy", "Dyestuff", "Dyestuff2", "Pastes", "Penicillin", "cake"), package = "lme4")
data(list = c("Exam", "Hsb82", "egsingle", "ScotsSec", "Chem97", "Early", "bdf"), package = "mlmRev")
data(list = c("Machines", "Oxide", "Orthodont", "Rail", "Assay", "Gasoline", "ergoStool", "Ovary",
              "BodyWeight", "Alfalfa", "Oats", "PBG", "Oxboys", "Pixel", "Milk", "RatPupWeight",
              "Spruce", "Wafer", "Gun"), package = "nlme")
data(list = c("ChickWeight", "CO2"), package = "datasets")
data("coop", package = "MASS")

sets <- list(
  sleepstudy = columns_of(sleepstudy, c("Reaction", "Days"), "Subject"),
  dyestuff = columns_of(Dyestuff, "Yield", "Batch"),
  dyestuff2 = columns_of(Dyestuff2, "Yield", "Batch"),
  pastes = columns_of(Pastes, "strength", c("batch", "cask", "sample")),
  penicillin = columns_of(Penicillin, "diameter", c("plate", "sample")),
  cake = columns_of(cake, c("angle", "temp"), c("recipe", "replicate")),
  exam = columns_of(Exam, c("normexam", "standLRT", "schavg"), c("sex", "type", "school")),
  hsb82 = columns_of(Hsb82, c("mAch", "cses", "meanses"), c("sector", "minrty", "school")),
  egsingle = columns_of(egsingle, c("math", "year"), c("female", "schoolid", "childid")),
  scotssec = columns_of(ScotsSec, c("attain", "verbal", "social"), c("sex", "primary", "second")),
  chem97 = columns_of(Chem97, c("score", "gcsecnt"), c("gender", "lea", "school")),
  early = columns_of(Early, c("cog", "age"), c("trt", "id")),
  bdf = columns_of(bdf, c("langPOST", "IQ.ver.cen", "avg.IQ.ver.cen"), "schoolNR", "sex"),
  machines = columns_of(Machines, "score", c("Machine", "Worker")),
  oxide = columns_of(Oxide, "Thickness", c("Lot", "Wafer"), "Source"),
  orthodont = columns_of(Orthodont, c("distance", "age"), c("Sex", "Subject")),
  rail = columns_of(Rail, "travel", "Rail"),
  assay = columns_of(Assay, "logDens", c("Block", "sample"), "dilut"),
  gasoline = columns_of(Gasoline, c("yield", "endpoint", "vapor"), "Sample"),
  ergostool = columns_of(ergoStool, "effort", c("Type", "Subject")),
  ovary = columns_of(Ovary, c("follicles", "Time"), "Mare"),
  bodyweight = columns_of(BodyWeight, c("weight", "Time"), "Rat", "Diet"),
  chickweight = columns_of(ChickWeight, c("weight", "Time"), "Chick", "Diet"),
  co2 = columns_of(CO2, c("uptake", "conc"), c("Type", "Treatment", "Plant")),
  alfalfa = columns_of(Alfalfa, "Yield", c("Variety", "Date", "Block")),
  oats = columns_of(Oats, c("yield", "nitro"), c("Variety", "Block")),
  pbg = columns_of(PBG, c("deltaBP", "dose"), c("Treatment", "Rabbit")),
  oxboys = columns_of(Oxboys, c("height", "age"), "Subject"),
  pixel = columns_of(Pixel, c("pixel", "day"), c("Dog", "Side")),
  milk = columns_of(Milk, c("protein", "Time"), c("Diet", "Cow")),
  ratpup = columns_of(RatPupWeight, c("weight", "Lsize"), c("Treatment", "sex", "Litter")),
  spruce = columns_of(Spruce, c("logSize", "days"), c("plot", "Tree")),
  wafer = columns_of(Wafer, c("current", "voltage"), c("Wafer", "Site")),
  gun = columns_of(Gun, "rounds", c("Method", "Physique", "Team")),
  coop = columns_of(coop, "Conc", c("Lab", "Spc", "Bat")),
  sessions = made_sessions()
)
for (name in names(sets)) store_data(name, sets[[name]])

# data set, formula, methods ("R" REML, "M" ML)
models <- list(
  c("sleepstudy", "Reaction ~ Days + (1 | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ Days + (Days | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ Days + (Days || Subject)", "RM"),
  c("sleepstudy", "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", "R"),
  c("sleepstudy", "Reaction ~ Days + I(Days^2) + (Days | Subject)", "RM"),
  c("sleepstudy", "Reaction ~ 0 + Days + (1 | Subject)", "R"),
  c("sleepstudy", "Reaction ~ 1 + (0 + Days | Subject)", "R"),
  c("sleepstudy", "log(Reaction) ~ log(Days + 1) + (1 | Subject)", "RM"),
  c("dyestuff", "Yield ~ 1 + (1 | Batch)", "RM"),
  c("dyestuff2", "Yield ~ 1 + (1 | Batch)", "RM"),
  c("pastes", "strength ~ 1 + (1 | batch/cask)", "RM"),
  c("pastes", "strength ~ 1 + (1 | sample) + (1 | batch)", "R"),
  c("pastes", "strength ~ 1 + (1 | sample)", "R"),
  c("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", "RM"),
  c("cake", "angle ~ recipe * temp + (1 | replicate/recipe)", "RM"),
  c("cake", "angle ~ recipe + temp + (temp | replicate)", "R"),
  c("exam", "normexam ~ standLRT * sex + type + (standLRT | school)", "RM"),
  c("exam", "normexam ~ standLRT + schavg + (1 | school)", "R"),
  c("hsb82", "mAch ~ cses * meanses + cses * sector + (cses | school)", "RM"),
  c("egsingle", "math ~ year * female + (year | schoolid/childid)", "R"),
  c("egsingle", "math ~ year + (1 | schoolid/childid)", "M"),
  c("scotssec", "attain ~ verbal * sex + social + (1 | second)", "R"),
  c("scotssec", "attain ~ verbal + sex + (1 | primary) + (1 | second)", "R"),
  c("chem97", "score ~ gcsecnt + gender + (1 | lea/school)", "R"),
  c("chem97", "score ~ gcsecnt * gender + (gcsecnt | lea) + (1 | school:lea)", "M"),
  c("early", "cog ~ age * trt + (age | id)", "RM"),
  c("bdf", "langPOST ~ IQ.ver.cen + avg.IQ.ver.cen + sex + (IQ.ver.cen | schoolNR)", "RM"),
  c("machines", "score ~ Machine + (1 | Worker)", "R"),
  c("machines", "score ~ Machine + (1 | Worker/Machine)", "RM"),
  c("machines", "score ~ Machine + (0 + Machine | Worker)", "RM"),
  c("machines", "score ~ 0 + Machine + (1 | Worker/Machine)", "R"),
  c("oxide", "Thickness ~ 1 + (1 | Lot/Wafer)", "RM"),
  c("oxide", "Thickness ~ Source + (1 | Lot/Wafer)", "R"),
  c("oxide", "Thickness ~ 1 + (1 | Source/Lot/Wafer)", "RM"),
  c("orthodont", "distance ~ age * Sex + (age | Subject)", "RM"),
  c("orthodont", "distance ~ I(age - 11) * Sex + (1 | Subject)", "R"),
  c("orthodont", "distance ~ age + Sex + (age || Subject)", "RM"),
  c("rail", "travel ~ 1 + (1 | Rail)", "RM"),
  c("assay", "logDens ~ sample * dilut + (1 | Block/sample)", "RM"),
  c("gasoline", "yield ~ endpoint + vapor + (1 | Sample)", "R"),
  c("gasoline", "yield ~ endpoint + (endpoint | Sample)", "R"),
  c("ergostool", "effort ~ Type + (1 | Subject)", "RM"),
  c("ergostool", "effort ~ 0 + Type + (1 | Subject)", "R"),
  c("ovary", "follicles ~ Time + I(Time^2) + (1 | Mare)", "R"),
  c("ovary", "follicles ~ Time + (Time | Mare)", "RM"),
  c("bodyweight", "weight ~ Time * Diet + (Time | Rat)", "RM"),
  c("chickweight", "weight ~ Time * Diet + (Time | Chick)", "RM"),
  c("chickweight", "weight ~ Time + Time:Diet + (0 + Time | Chick)", "R"),
  c("co2", "uptake ~ log(conc) * Type * Treatment + (1 | Plant)", "R"),
  c("co2", "uptake ~ log(conc) + Type:Treatment + (log(conc) | Plant)", "R"),
  c("alfalfa", "Yield ~ Date * Variety + (1 | Block/Variety)", "RM"),
  c("oats", "yield ~ nitro * Variety + (1 | Block/Variety)", "RM"),
  c("oats", "yield ~ nitro + I(nitro^2) + (nitro | Block)", "R"),
  c("pbg", "deltaBP ~ log(dose) * Treatment + (1 | Rabbit)", "RM"),
  c("pbg", "deltaBP ~ log(dose) * Treatment + (log(dose) | Rabbit)", "R"),
  c("oxboys", "height ~ age + (age | Subject)", "RM"),
  c("oxboys", "height ~ age + I(age^2) + (age + I(age^2) | Subject)", "RM"),
  c("pixel", "pixel ~ day + I(day^2) + (day | Dog) + (1 | Side:Dog)", "RM"),
  c("milk", "protein ~ Time * Diet + (Time | Cow)", "RM"),
  c("milk", "protein ~ sqrt(Time) + Diet + (1 | Cow)", "R"),
  c("ratpup", "weight ~ Treatment * sex + Lsize + (1 | Litter)", "RM"),
  c("spruce", "logSize ~ days + (days | plot) + (1 | Tree:plot)", "R"),
  c("wafer", "current ~ voltage + I(voltage^2) + (voltage | Wafer) + (voltage | Site:Wafer)", "R"),
  c("wafer", "current ~ voltage + (1 | Wafer/Site)", "M"),
  c("gun", "rounds ~ Method * Physique + (1 | Team)", "RM"),
  c("coop", "Conc ~ 1 + (1 | Lab/Spc/Bat)", "RM"),
  c("coop", "Conc ~ Spc + (1 | Lab/Spc)", "R"),
  c("sessions", "score ~ week + alliance + ending + (1 | clinic/therapist/patient/episode)", "R"),
  c("sessions", "score ~ week * alliance + (1 | therapist) + (week | patient)", "RM"),
  c("sessions", "score ~ alliance + (1 | clinic) + (alliance || therapist) + (week | patient)", "R")
)

fits <- list()
for (m in models) for (method in c(if (grepl("R", m[3])) "REML", if (grepl("M", m[3])) "ML")) {
  id <- paste0(m[1], ": ", m[2])
  fits[[length(fits) + 1]] <-
    reference_fit(id, sets[[m[1]]], paste0(m[1], ".csv"), m[2], method)
}
write_reference(fits, "lme4.json")
cat(length(fits), "fits of", length(unique(vapply(models, `[`, "", 1))), "data sets\n")
