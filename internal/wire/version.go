package wire

// version is set by the linker, see Makefile.
var version = "devel"

// Version returns the version of the program.
func Version() string { return version }
