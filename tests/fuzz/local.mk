# One libFuzzer target a parser, built with --enable-fuzzing; corpora in tests/fuzz/corpus/<target>.
