"""Process research: reliability of ratings, two raters, mediation, sudden gains."""
