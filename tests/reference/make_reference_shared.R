# lme4's answers on the public treatment data that lie beside the repository, in ../shared/data
# (see the README there): only numbers are stored here, no row.  Rscript make_reference_shared.R
# test_reference.py derives the same columns from the same files.

source("fit_reference.R")
shared <- file.path("..", "..", "..", "shared", "data")

refra <- read.csv(file.path(shared, "refraMED", "reframed.csv"), na.strings = "NaN",
                  colClasses = "character", encoding = "UTF-8")
number <- function(text) suppressWarnings(as.numeric(text))
refra$m <- number(refra$month)
refra_phq9 <- with(refra[!is.na(refra$m), ], data.frame(
  phq9 = number(phq9), m, grp = as.numeric(grp == "RO-DBT"), patient, stringsAsFactors = FALSE))
arm <- refra[refra$grp == "RO-DBT" & refra$m %in% c(7, 12, 18), ]
refra_hamd <- with(arm, data.frame(
  hamd = number(hamd), hamd.b = number(hamd.b), month = sprintf("m%02d", m), site, therapist,
  patient, stringsAsFactors = FALSE))
enrichd <- read.csv(file.path(shared, "enrichd_bdi", "BDIdata.csv"))
enrichd$ID <- as.character(enrichd$ID)
teachsat <- read.csv(file.path(shared, "teachsat", "teachsat.csv"))
teachsat$schoolID <- as.character(teachsat$schoolID)

sets <- list(refra_phq9 = refra_phq9, refra_hamd = refra_hamd, enrichd = enrichd,
             teachsat = teachsat)
models <- list(
  c("refra_phq9", "phq9 ~ m * grp + (1 | patient)", "RM"),
  c("refra_phq9", "phq9 ~ m * grp + (m | patient)", "RM"),
  c("refra_hamd", "hamd ~ hamd.b + month + (1 | therapist/patient)", "RM"),
  c("refra_hamd", "hamd ~ hamd.b + month + (1 | site)", "R"),
  c("refra_hamd", "hamd ~ hamd.b + month + (1 | site/therapist/patient)", "R"),
  c("enrichd", "BDI ~ I(time/7) + (1 | ID)", "RM"),
  c("enrichd", "BDI ~ I(time/7) + (I(time/7) | ID)", "RM"),
  c("teachsat", "satisfaction ~ salary_c + s_t_ratio + (1 + salary_c | schoolID)", "R")
)
fits <- list()
for (m in models) for (method in c(if (grepl("R", m[3])) "REML", if (grepl("M", m[3])) "ML")) {
  id <- paste0(m[1], ": ", m[2])
  fits[[length(fits) + 1]] <- reference_fit(id, sets[[m[1]]], m[1], m[2], method)
}
write_reference(fits, "lme4_shared.json")
