# Reads the files of a run with base R, as xpose does, and prints what it has found: a name and numbers in each line.
#
#     Rscript read.R ROOT [TABLE...]
arguments <- commandArgs(trailingOnly = TRUE)
root <- arguments[1]

read <- function(ending) {
  read.table(paste0(root, ".", ending), skip = 1, header = TRUE, check.names = FALSE)
}
show <- function(name, values) {
  stopifnot(is.numeric(values))
  cat(name, formatC(values, digits = 17, format = "g"), "\n")
}
row <- function(table, iteration) unlist(table[table$ITERATION == iteration, -1])

ext <- read("ext")
show("estimates", row(ext, -1000000000))
show("standard_errors", row(ext, -1000000001))
show("fixed", row(ext, -1000000006))
show("iterations", ext$ITERATION[ext$ITERATION >= 0])
cat("columns", names(ext)[-1], "\n")
phi <- read("phi")
show("individual_objectives", phi$OBJ)
cov <- read("cov")
rownames(cov) <- cov$NAME
stopifnot(identical(rownames(cov), names(cov)[-1]))
show("variances", diag(as.matrix(cov[, -1])))
for (ending in c("cor", "coi", "shk", "cnv")) {
  table <- read(ending)
  stopifnot(nrow(table) > 0, !anyNA(table))
  stopifnot(all(vapply(table[-1], is.numeric, TRUE)))
}
if (file.exists(paste0(root, ".phm"))) {
  phm <- read("phm")
  show("component_objectives", phm$OBJ)
  show("shares", phm$PMIX)
}
for (name in arguments[-1]) {
  table <- read.table(file.path(dirname(root), name), skip = 1, header = TRUE, check.names = FALSE)
  for (column in names(table)) show(paste0(name, ":", column), table[[column]])
}
