"""Methods on data sets: scores as each board defines them, kept on disk, and reported."""
