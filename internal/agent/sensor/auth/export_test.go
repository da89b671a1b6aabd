package auth

// FindLibraries is findLibraries, for tests.
var FindLibraries = findLibraries
