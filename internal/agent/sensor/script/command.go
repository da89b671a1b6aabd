package script

import (
	"encoding/base64"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
)

// command says where the script of an interpreter is, by its arguments.
type command struct {
	source string // file, argument or stdin; "" is nowhere
	path   string // of source file, as it was given
	text   string // of source argument
	module string // of source file: a module, whose file is below the current directory or the language's
}

// parse reads the arguments of an interpreter, without its own name.
func (l *language) parseArgs(args []string) command {
	if l.parse != nil {
		return l.parse(args)
	}
	var s scan
	for s.args = args; len(s.args) > 0 && !s.ended; {
		word := s.args[0]
		switch {
		case word == "-" && l.program, word == "", !strings.HasPrefix(word, "-") && !(l.plus && strings.HasPrefix(word, "+")):
			s.ended = true
			continue
		case word == "-" || word == "--":
			s.dash = word == "-" && !l.dash
			s.ended = true
		}
		s.args = s.args[1:]
		if !s.ended {
			l.option(&s, word)
		}
	}
	return s.command(l)
}

// scan is how far the arguments are read.
type scan struct {
	args    []string // not read yet
	code    []string
	files   []string
	module  string
	operand bool // the first operand is the script
	input   bool // the script comes from standard input
	dash    bool // - was given for it
	ended   bool // what follows are operands
}

// option reads one word of options, and the values that belong to it.
func (l *language) option(s *scan, word string) {
	name, rest, has := strings.Cut(word, "=")
	if r, ok := l.long[name]; ok {
		s.take(r, rest, has)
		return
	}
	if strings.HasPrefix(word, "--") {
		return
	}
	for i := 1; i < len(word); i++ {
		switch r := l.letters[word[i]]; r {
		case 0:
		case operand:
			s.operand = true
		case input:
			s.input = true
		case attached:
			return
		case digits:
			for i+1 < len(word) && word[i+1] >= '0' && word[i+1] <= '9' {
				i++
			}
		default:
			s.take(r, word[i+1:], i+1 < len(word))
			return
		}
	}
}

// take reads the value of an option: rest, or the next word.
func (s *scan) take(r role, rest string, has bool) {
	if !has {
		if len(s.args) == 0 {
			return
		}
		rest, s.args = s.args[0], s.args[1:]
	}
	switch r {
	case code:
		s.code = append(s.code, rest)
	case last:
		s.code, s.ended = append(s.code, rest), true
	case file:
		s.files = append(s.files, rest)
	case module:
		s.module, s.ended = rest, true
	}
}

func (s *scan) command(l *language) command {
	first := ""
	if len(s.args) > 0 {
		first = s.args[0]
	}
	switch {
	case len(s.code) > 0:
		return command{source: "argument", text: strings.Join(s.code, "\n")}
	case len(s.files) > 0 && s.files[0] == "-":
		return command{source: "stdin"}
	case len(s.files) > 0:
		return command{source: "file", path: s.files[0]}
	case s.module != "":
		return command{source: "file", module: s.module}
	case s.operand, l.program:
		if len(s.args) == 0 {
			return command{}
		}
		return command{source: "argument", text: first}
	case s.input || s.dash || first == "":
		return command{source: "stdin"}
	}
	return command{source: "file", path: first}
}

// files returns the paths at which the file of a command may be, the best first.
func (c command) files(dir string) []string {
	if c.module == "" {
		if path.IsAbs(c.path) {
			return []string{path.Clean(c.path)}
		}
		return []string{path.Join(dir, c.path)}
	}
	base := path.Join(dir, strings.ReplaceAll(c.module, ".", "/"))
	return []string{base + ".py", base + "/__main__.py"}
}

// parsePowerShell reads arguments of PowerShell: options have one dash, any
// case, and may be cut.
func parsePowerShell(args []string) command {
	for len(args) > 0 {
		word := strings.ToLower(args[0])
		name, ok := strings.CutPrefix(word, "-")
		if !ok || name == "" {
			break
		}
		name = strings.TrimPrefix(name, "-")
		args = args[1:]
		switch {
		case abbreviates(name, "command", 1):
			return powerShell(strings.Join(args, " "))
		case name == "ec", abbreviates(name, "encodedcommand", 1):
			return powerShell(decodeCommand(strings.Join(args, "")))
		case abbreviates(name, "file", 1):
			if len(args) == 0 || args[0] == "-" {
				return command{source: "stdin"}
			}
			return command{source: "file", path: args[0]}
		case hasValue(name) && len(args) > 0:
			args = args[1:]
		}
	}
	if len(args) == 0 || args[0] == "-" {
		return command{source: "stdin"}
	}
	return command{source: "file", path: args[0]}
}

func hasValue(name string) bool {
	for full, least := range map[string]int{
		"configurationname": 6, "configurationfile": 14, "custompipename": 3, "executionpolicy": 2, "inputformat": 2,
		"outputformat": 1, "settingsfile": 8, "windowstyle": 1, "workingdirectory": 2,
	} {
		if abbreviates(name, full, least) {
			return true
		}
	}
	return name == "ep" || name == "wd" || name == "if" || name == "of"
}

// abbreviates reports whether name is full, or its beginning of at least so
// many letters.
func abbreviates(name, full string, least int) bool {
	return len(name) >= least && strings.HasPrefix(full, name)
}

func powerShell(text string) command {
	if text == "-" {
		return command{source: "stdin"}
	}
	return command{source: "argument", text: text}
}

// decodeCommand returns the text of an encoded command: UTF-16 in base64. What
// cannot be decoded stays as it is.
func decodeCommand(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b)%2 != 0 {
		return s
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
