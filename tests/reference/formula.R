# The columns that R makes of a formula, for tests/unit/models/language/test_design.py.
# Run in this folder: Rscript formula.R > formula.json   (R 4.2.2; base R alone, and its package splines)
# Levels are written '[a1]', so that a column is called 'a[a1]', as in Rapport.
library(splines)
x <- c(1, 2, 3, 4, 5, 6); z <- x^2; w <- rev(x)
a <- factor(rep(c("[a1]", "[a2]", "[a3]"), 2))
b <- factor(rep(c("[b1]", "[b2]"), each = 3))
right <- c(
  "1", "x", "0 + x", "x - 1", "-1 + x", "x + 0", "0 + x + 1", "x - 1 + 1", "-x + z",
  "x * z * w", "(x + z + w)^2", "(x + z + w)^2 - x:z", "(x + z + w)^3 - x:z:w", "x / z",
  "(x + z) / w", "x / z / w", "x:z", "x * z - z", "x:x", "x * x", "x^2", "x - (z)", "(1 + x)^2",
  "(x + z + w) - (x + z)", "x:(z + w)", "x:z^2", "x:z * w", "x + z:w / x", "(x + z) * (w + a)",
  "a", "0 + a", "0 + a + b", "0 + x + a", "0 + x + a + b", "a:x", "x + a:x", "a + a:x", "a * x",
  "x * a", "0 + a:x", "0 + a * x", "0 + a + a:x", "a:b", "a + a:b", "b + a:b", "a * b", "b * a",
  "0 + a:b", "0 + a * b", "0 + b * a", "0 + a:b + a", "-1 + a:b + x", "a / x", "a / b", "b / a",
  "a / (b + x)", "0 + a / x", "0 + a / b", "a * b * x", "0 + a * b * x", "x:a:b", "x + x:a:b",
  "a + b + x:a:b", "x:a + x:b", "a:x + a:b", "x:z + a:x", "a:x:z + x:z", "a * (x + z)",
  "(a + b + x)^2", "(a + b + x)^2 - a", "(a + b + x)^2 - a:b", "(a + b + x)^3", "a * b - a",
  "a * b - b", "a * b - a - b", "a * x - x", "a * x - a", "a * x - 1", "a * x:b", "a:b:x + b:x",
  "poly(x, 1)", "poly(x, 2)", "0 + poly(x, 3)", "poly(x, 2, raw = TRUE)", "poly(x, degree = 2)",
  "ns(x, df = 1)", "ns(x, df = 3)", "ns(x, knots = c(2.5, 4))", "bs(x, df = 4)", "scale(x)",
  "a * poly(x, 2)", "poly(x, 2):a", "0 + poly(x, 2):a", "poly(x, 2) * a", "a:ns(x, df = 2) + x",
  "poly(x, 2):poly(w, 2)", "x:poly(w, 2)", "poly(w, 2) + x:poly(w, 2)", "(a + ns(x, df = 2))^2",
  "poly(x, 2) / a", "ns(log(x), df = 2) * b"
)
columns <- function(text) {
  quoted <- sprintf('"%s"', colnames(model.matrix(as.formula(paste("~", text)))))
  sprintf('  "%s": [%s]', text, paste(quoted, collapse = ", "))
}
cat("{\n", paste(vapply(right, columns, ""), collapse = ",\n"), "\n}\n", sep = "")
