package exec

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	maxVariable    = 1024      // bytes of a variable that are told
	maxVariables   = 32        // that are told of one process
	maxEnvironment = 256 << 10 // bytes of an environment that are looked at
	maxAsked       = 20        // long environments a second that are read from /proc
)

// change lists the variables that change what a program loads or keeps, so that
// a parent can make it do something else: libraries, code that an interpreter
// runs before the script, settings of the loader. The value false means: only
// when it is set to nothing, which keeps a shell from writing its history.
func change() map[string]bool {
	return map[string]bool{
		"LD_PRELOAD": true, "LD_AUDIT": true, "LD_LIBRARY_PATH": true, "LD_DEBUG_OUTPUT": true, "LD_PROFILE": true,
		"GCONV_PATH": true, "GLIBC_TUNABLES": true,
		"BASH_ENV": true, "ENV": true, "PROMPT_COMMAND": true, "ZDOTDIR": true,
		"PYTHONPATH": true, "PYTHONHOME": true, "PYTHONSTARTUP": true, "PYTHONINSPECT": true,
		"PERL5OPT": true, "PERL5LIB": true, "PERL5DB": true, "RUBYOPT": true, "RUBYLIB": true,
		"NODE_OPTIONS": true, "NODE_PATH": true, "JAVA_TOOL_OPTIONS": true, "_JAVA_OPTIONS": true,
		"GIT_SSH_COMMAND": true,
		"HISTFILE":        false, "HISTSIZE": false, "HISTFILESIZE": false, "SAVEHIST": false,
	}
}

// environments picks variables out of environments. It is for one goroutine.
type environments struct {
	change map[string]bool // immutable
	first  [256]bool       // immutable: bytes with which their names begin
	proc   string
	second int64 // of the last reading from proc
	asked  int   // readings in it
}

func newEnvironments(proc string) *environments {
	if proc == "" {
		proc = "/proc"
	}
	v := &environments{change: change(), proc: proc}
	for name := range v.change {
		v.first[name[0]] = true
	}
	return v
}

// of returns the variables of a process that matter, as NAME=value. b is the
// beginning of its environment, of which there are size bytes: when that is
// more, all of it is read from /proc, while the process is there and not too
// often. whole is false when some could not be looked at.
func (v *environments) of(pid uint32, b []byte, size uint32) (out []string, whole bool) {
	if uint64(size) > uint64(len(b)) {
		if all := v.read(pid, b); all != nil {
			return v.pick(all), true
		}
		return v.pick(b), false
	}
	return v.pick(b), true
}

func (v *environments) pick(b []byte) (out []string) {
	for len(b) > 0 && len(out) < maxVariables {
		end := bytes.IndexByte(b, 0)
		if end < 0 {
			end = len(b)
		}
		one := b[:end]
		b = b[min(end+1, len(b)):]
		if len(one) == 0 || !v.first[one[0]] {
			continue
		}
		name, value, ok := bytes.Cut(one, []byte("="))
		if !ok {
			continue
		}
		always, listed := v.change[string(name)]
		if listed && (always || nothing(string(value))) {
			out = append(out, strings.ToValidUTF8(string(one[:min(len(one), maxVariable)]), "\ufffd"))
		}
	}
	return out
}

func nothing(value string) bool { return value == "" || value == "0" || value == "/dev/null" }

// read returns the environment of a process when it begins with b; nil when it
// is not there any more or too many were read this second.
func (v *environments) read(pid uint32, b []byte) []byte {
	if now := time.Now().Unix(); now != v.second {
		v.second, v.asked = now, 0
	}
	if v.asked++; v.asked > maxAsked {
		return nil
	}
	f, err := os.Open(v.proc + "/" + strconv.FormatUint(uint64(pid), 10) + "/environ")
	if err != nil {
		return nil
	}
	defer f.Close()
	all, err := io.ReadAll(io.LimitReader(f, maxEnvironment))
	if err != nil || !bytes.HasPrefix(all, b) {
		return nil // of another program by now
	}
	return all
}
