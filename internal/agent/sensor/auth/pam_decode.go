package auth

import (
	"fmt"
	"strconv"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Functions of PAM, cookies of auth.bpf.c.
const (
	pamStart        = 1
	pamStartConfdir = 2
	pamAuthenticate = 3
	pamAccount      = 4
	pamOpen         = 5
	pamClose        = 6
	pamAsk          = 7
)

// Flags of a record of auth.bpf.c.
const (
	pamAsked     = 1 // a password was asked for
	pamUnchecked = 2 // where the library keeps the facts was not checked
	pamBlind     = 4 // the facts could not be read
)

// Results of PAM that are no failure of the user.
const (
	pamSuccess     = 0
	pamNewPassword = 12 // PAM_NEW_AUTHTOK_REQD: log on, then change it
	pamIgnore      = 25
	pamAgain       = 30 // PAM_CONV_AGAIN
	pamIncomplete  = 31 // call again
)

// pamReason names a result.
func pamReason(function uint32, result int32) string {
	names := [...]string{
		1: "a module cannot be loaded", 2: "a module lacks a function", 3: "error of a module", 4: "error of the system",
		5: "no memory", 6: "permission denied", 7: "authentication failure", 8: "the service may not ask for it",
		9: "the source of users does not answer", 10: "unknown user", 11: "too many attempts", 13: "the account has expired",
		14: "the session could not be opened", 15: "no credentials", 16: "the credentials have expired",
		17: "credentials cannot be set", 19: "the user broke off", 20: "the password cannot be read or changed",
		21: "the password cannot be read", 23: "the password may not age", 26: "a module gave up",
		27: "the password has expired", 28: "unknown module", 29: "bad item",
	}
	if result > 0 && int(result) < len(names) && names[result] != "" {
		return names[result]
	}
	what := map[uint32]string{pamAuthenticate: "authentication", pamAccount: "account", pamOpen: "session"}[function]
	return fmt.Sprintf("%s: PAM answered %d", what, result)
}

// pamRecord is a record of auth.bpf.c.
type pamRecord struct {
	actor                             kernel.Actor
	handle                            uint64
	result                            int32
	function, flags, parent           uint32
	sessionid                         uint32
	service, user, rhost, ruser, line string
}

// readPAM reads the body of a record.
func readPAM(r kernel.Record, t *kernel.Texts) (pamRecord, error) {
	c := kernel.NewCursor(r.Body)
	p := pamRecord{
		actor: c.Actor(), handle: c.U64(), result: int32(c.U32()), function: c.U32(), flags: c.U32(),
		parent: c.U32(), sessionid: c.U32(),
		service: t.Name(c.Name(32)), user: t.Name(c.Name(128)), rhost: t.Name(c.Name(256)),
		ruser: t.Name(c.Name(128)), line: t.Name(c.Name(64)),
	}
	if err := c.Err(); err != nil {
		return p, err
	}
	if p.function < pamAuthenticate || p.function > pamClose {
		return p, fmt.Errorf("%w: function %d of PAM", kernel.ErrMalformed, p.function)
	}
	if p.flags&pamUnchecked != 0 && !plain(p.service) {
		// The handle is not what it is taken for: none of it is to be believed.
		p.flags |= pamBlind
		p.service, p.user, p.rhost, p.ruser, p.line = "", "", "", "", ""
	}
	return p, nil
}

// plain reports whether a text can be the name of a service.
func plain(name string) bool {
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'
		if !letter && c != '-' && c != '_' && c != '.' && c != '@' && c != '+' && c != ':' {
			return false
		}
	}
	return name != ""
}

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// pamDecoder turns records into sightings.
type pamDecoder struct {
	kernel clock
	texts  *kernel.Texts
	proved map[int64]proof // by process: who proved who they are, and how
}

// proof is an authentication that succeeded and waits for its session.
type proof struct {
	user, method string
}

// maxProofs bounds the authentications that wait for a session.
const maxProofs = 1024

// notKnown is the reason of an event without the facts of its handle.
const notKnown = "the library of PAM keeps its facts where they are not known: service and user are as the session began"

// decode returns what a record tells; nil when it is nothing by itself.
func (d *pamDecoder) decode(r kernel.Record) (*sighting, error) {
	p, err := readPAM(r, d.texts)
	if err != nil {
		return nil, err
	}
	s := &sighting{
		source: fromPAM, kind: event.AuthFail, at: d.kernel.Wall(r.Time), handle: p.handle,
		process: d.kernel.Process(p.actor), user: p.actor.User(d.texts),
		pid: int64(p.actor.PID), parent: int64(p.parent),
		logon: event.Logon{UserName: p.user, Service: p.service, Line: lineOf(p.line), Address: p.rhost},
	}
	if p.sessionid != ^uint32(0) && p.function != pamAuthenticate && p.function != pamAccount {
		s.logon.SessionID = strconv.FormatUint(uint64(p.sessionid), 10)
	}
	s.logon.Type = typeOf(p.service, p.rhost, s.logon.Line)
	if p.flags&pamBlind != 0 {
		s.reason = notKnown
	}
	return d.judge(s, p), nil
}

// judge says what the result of a function means.
func (d *pamDecoder) judge(s *sighting, p pamRecord) *sighting {
	switch {
	case p.function == pamClose:
		s.kind = event.AuthLogout
		return s
	case p.result == pamIgnore || p.result == pamAgain || p.result == pamIncomplete:
		return nil
	case p.result != pamSuccess && !(p.result == pamNewPassword && p.function == pamAccount):
		why := pamReason(p.function, p.result)
		if s.reason != "" {
			why += "; " + s.reason
		}
		s.reason = why
		if p.flags&pamAsked != 0 {
			s.logon.Method = "password"
		}
		return s
	case p.function == pamOpen:
		s.kind = event.AuthLogin
		s.logon.Method = d.method(s)
		return s
	case p.function == pamAuthenticate && p.flags&pamAsked != 0:
		if len(d.proved) >= maxProofs {
			clear(d.proved)
		}
		d.proved[s.pid] = proof{p.user, "password"}
		if s.parent > 1 {
			d.proved[s.parent] = proof{p.user, "password"} // sshd asks in a child
		}
	}
	return nil
}

// method returns how the user of a session proved who they are: in the process
// that opens it, or in a child of it.
func (d *pamDecoder) method(s *sighting) string {
	p, ok := d.proved[s.pid]
	if !ok {
		return ""
	}
	delete(d.proved, s.pid)
	if s.logon.Type != "su" && p.user != s.logon.UserName {
		return "" // another's: sudo proves who asks, not who it becomes
	}
	return p.method
}
