package script

import "strings"

// role is what an option means for where the script is.
type role uint8

const (
	value    role = iota + 1 // has a value that is not of interest
	attached                 // its value, if any, is the rest of the word
	digits                   // its value, if any, is the digits that follow
	code                     // its value is the script
	last                     // its value is the script, and what follows are arguments of it
	file                     // its value is the file of the script
	module                   // its value is the name of a module, and what follows are arguments
	operand                  // the first operand is the script
	input                    // the script comes from standard input
)

// language says how the arguments of an interpreter are read. An option that
// it does not list has no value.
type language struct {
	letters map[byte]role   // one-letter options, which may stand together
	long    map[string]role // options by their whole name, with the dashes
	plus    bool            // +x is an option too
	program bool            // without an option for it the first operand is the script itself
	dash    bool            // "-" ends the options; else it is standard input
	parse   func(args []string) command
}

// letters makes a table of one-letter options, from texts of "ROLE LETTERS".
func letters(roles map[role]string) map[byte]role {
	out := map[byte]role{}
	for r, names := range roles {
		for i := range len(names) {
			out[names[i]] = r
		}
	}
	return out
}

func long(roles map[role]string) map[string]role {
	out := map[string]role{}
	for r, names := range roles {
		for _, n := range strings.Fields(names) {
			out[n] = r
		}
	}
	return out
}

// languages lists the interpreters by the name of their executable, without a
// version at its end.
func languages() map[string]*language {
	shell := &language{
		letters: letters(map[role]string{operand: "c", input: "s", value: "oO"}),
		long:    long(map[role]string{value: "--rcfile --init-file --emulate"}), plus: true, dash: true,
	}
	csh := &language{letters: letters(map[role]string{operand: "c", input: "s"}), dash: true}
	fish := &language{
		letters: letters(map[role]string{code: "c", value: "CdDfo"}),
		long:    long(map[role]string{code: "--command", value: "--init-command --debug --debug-output --features --profile --profile-startup"}),
	}
	python := &language{
		letters: letters(map[role]string{last: "c", module: "m", value: "WX"}),
		long:    long(map[role]string{value: "--check-hash-based-pycs"}),
	}
	perl := &language{letters: letters(map[role]string{code: "eE", digits: "0l", attached: "CDFiVxMmd", value: "I"})}
	ruby := &language{
		letters: letters(map[role]string{code: "e", digits: "0T", attached: "FiKxW", value: "CEIrX"}),
		long:    long(map[role]string{value: "--encoding --external-encoding --internal-encoding --enable --disable"}),
	}
	node := &language{
		letters: letters(map[role]string{code: "e", value: "rC"}),
		long: long(map[role]string{
			code: "--eval --print -p -pe", value: "--require --import --loader --experimental-loader --conditions --env-file --title --input-type --inspect-port --icu-data-dir --openssl-config --redirect-warnings --trace-event-categories",
		}),
	}
	lua := &language{letters: letters(map[role]string{code: "e", value: "l"})}
	php := &language{
		letters: letters(map[role]string{code: "rBRE", file: "fF", value: "dcztSg"}),
		long:    long(map[role]string{code: "--run --process-begin --process-code --process-end", file: "--file --process-file", value: "--define --php-ini --zend-extension --server --docroot"}),
	}
	awk := &language{
		letters: letters(map[role]string{file: "fE", value: "FvWli", code: "e", attached: "dpo"}),
		long:    long(map[role]string{file: "--file --exec", code: "--source", value: "--field-separator --assign --include --load"}), program: true,
	}
	tcl := &language{long: long(map[role]string{value: "-encoding"})}
	expect := &language{letters: letters(map[role]string{code: "c", file: "fb", value: "D"})}
	rscript := &language{letters: letters(map[role]string{code: "e", value: "g"})}
	osascript := &language{letters: letters(map[role]string{code: "e", value: "ls"})}
	powershell := &language{parse: parsePowerShell}
	out := map[string]*language{}
	for l, names := range map[*language]string{
		shell: "sh bash dash ash zsh ksh mksh lksh rbash rksh yash hush", csh: "csh tcsh", fish: "fish", python: "python pypy",
		perl: "perl", ruby: "ruby", node: "node nodejs", lua: "lua luajit", php: "php php-cli", awk: "awk gawk mawk nawk original-awk",
		tcl: "tclsh wish", expect: "expect", rscript: "Rscript littler", osascript: "osascript", powershell: "pwsh powershell",
	} {
		for _, n := range strings.Fields(names) {
			out[n] = l
		}
	}
	return out
}

// baseName cuts the version from the name of an executable: python3.11 is
// python, ksh93 is ksh, bash-5.2 is bash.
func baseName(name string) string {
	return strings.TrimRight(name, "0123456789.-")
}
