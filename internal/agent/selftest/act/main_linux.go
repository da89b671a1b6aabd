package act

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// procFD is the descriptor of the /proc of the exam, which numbers processes as
// the agent does.
const procFD = 3

// stage is where the acts happen.
type stage struct {
	proc  *os.File
	dir   string // in memory, writable
	token string // in all names, so that nothing else is taken for ours
	wants []Want
}

// Main is the process of the acts. Without arguments it makes its private
// place and then does what it is asked for on in; with arguments it is a child
// that does one thing. It must be a new process with namespaces of its own.
func Main(args []string, in io.Reader, out io.Writer) error {
	proc := os.NewFile(procFD, "proc")
	s := &stage{proc: proc, token: "vedette-selftest-" + strconv.Itoa(os.Getpid())}
	if len(args) > 0 {
		return s.runChild(args[0], args[1:], in, out)
	}
	if os.Getpid() != 1 {
		return fmt.Errorf("the acts must begin in a pid namespace of their own: pid is %d", os.Getpid())
	}
	if err := s.private(); err != nil {
		return fmt.Errorf("make the private place: %w", err)
	}
	pid, err := s.pid()
	if err != nil {
		return err
	}
	s.token = "vedette-selftest-" + pid
	s.dir = filepath.Join("/tmp", s.token)
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return err
	}
	acts := acts()
	return serve(in, out, func(name string) Done {
		s.wants = nil
		d := Done{Act: name}
		do := acts[name]
		if do == nil {
			d.Error = fmt.Sprintf("there is no act %q; the acts are: %s", name, strings.Join(Names(), ", "))
			return d
		}
		runtime.LockOSThread() // what an act changes of its thread stays there
		defer runtime.UnlockOSThread()
		if err := do(s); err != nil {
			if skip, ok := err.(skipped); ok {
				d.Skip = string(skip)
			} else {
				d.Error = err.Error()
			}
		}
		d.Wants = s.wants
		return d
	})
}

// skipped says that a host lacks what an act needs.
type skipped string

func (s skipped) Error() string { return string(s) }

// pid returns the number of this process as the agent sees it.
func (s *stage) pid() (string, error) {
	buf := make([]byte, 32)
	n, err := unix.Readlinkat(int(s.proc.Fd()), "self", buf)
	if err != nil {
		return "", fmt.Errorf("read own pid: %w", err)
	}
	return string(buf[:n]), nil
}

// want says which event must come of what is done next.
func (s *stage) want(kind string, facts ...Fact) { s.wantAny([]string{kind}, facts...) }

func (s *stage) wantAny(kinds []string, facts ...Fact) {
	s.wants = append(s.wants, Want{Kinds: kinds, Facts: facts, At: time.Now().UnixNano()})
}

// orElse says which event is as good as the one that was wanted last.
func (s *stage) orElse(kind string, facts ...Fact) {
	w := &s.wants[len(s.wants)-1]
	w.Else = &Want{Kinds: []string{kind}, Facts: facts, At: w.At}
}

// wantOwn is want with the pid of this process.
func (s *stage) wantOwn(kind string, facts ...Fact) {
	pid, _ := s.pid() // was read before
	s.want(kind, append(facts, is("process.pid", pid))...)
}

func is(field, text string) Fact         { return Fact{Field: field, Text: text} }
func has(field, text string) Fact        { return Fact{Field: field, Text: text, Part: true} }
func some(field string) Fact             { return Fact{Field: field, Part: true} }
func number(n int) string                { return strconv.Itoa(n) }
func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }
