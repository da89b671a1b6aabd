package auth

import (
	"encoding/binary"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// immutable
var update = sensortest.Update()

func decode(r kernel.Record) (*event.Event, error) {
	d := &pamDecoder{kernel: sensortest.Clock{}, texts: kernel.NewTexts(), proved: map[int64]proof{}}
	s, err := d.decode(r)
	if err != nil {
		return nil, err
	}
	if s == nil { // nothing by itself
		s = &sighting{kind: event.AuthLogin, reason: "not told"}
	}
	return s.event(), nil
}

// Records of a real kernel become these events.
func TestDecode(t *testing.T) { sensortest.Golden(t, *update, decode) }

func FuzzDecode(f *testing.F) { sensortest.Fuzz(f, decode) }

// body is a record of a function that returned, as auth.bpf.c writes it.
func body(function, flags uint32, result int32, pid uint32, service, user string) kernel.Record {
	var b []byte
	le := binary.LittleEndian
	b = le.AppendUint64(b, 5)
	for _, n := range []uint32{pid, 0, 0, 0, 0, 1} {
		b = le.AppendUint32(b, n)
	}
	b = le.AppendUint64(b, 0xabc)
	for _, n := range []uint32{uint32(result), function, flags, 1, ^uint32(0)} {
		b = le.AppendUint32(b, n)
	}
	for _, text := range []struct {
		text string
		size int
	}{{service, 32}, {user, 128}, {"", 256}, {"", 128}, {"", 64}} {
		b = append(b, text.text...)
		b = append(b, make([]byte, text.size-len(text.text))...)
	}
	return kernel.Record{Sensor: kernel.Auth, Kind: uint8(event.AuthFail), Body: b}
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		function, flags uint32
		result          int32
		kind            event.Kind // KindNone: not told
		reason          string
	}{
		"authenticated": {pamAuthenticate, 0, 0, event.KindNone, ""},
		"wrong":         {pamAuthenticate, pamAsked, 7, event.AuthFail, "authentication failure"},
		"call again":    {pamAuthenticate, 0, 31, event.KindNone, ""},
		"unknown":       {pamAuthenticate, 0, 10, event.AuthFail, "unknown user"},
		"strange":       {pamAuthenticate, 0, 99, event.AuthFail, "authentication: PAM answered 99"},
		"below zero":    {pamAccount, 0, -1, event.AuthFail, "account: PAM answered -1"},
		"must change":   {pamAccount, 0, 12, event.KindNone, ""},
		"may not":       {pamAccount, 0, 6, event.AuthFail, "permission denied"},
		"open":          {pamOpen, 0, 0, event.AuthLogin, ""},
		"not open":      {pamOpen, 0, 14, event.AuthFail, "the session could not be opened"},
		"close":         {pamClose, 0, 0, event.AuthLogout, ""},
		"close, badly":  {pamClose, 0, 14, event.AuthLogout, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &pamDecoder{kernel: sensortest.Clock{}, texts: kernel.NewTexts(), proved: map[int64]proof{}}
			s, err := d.decode(body(c.function, c.flags, c.result, 100, "sshd", "alice"))
			if err != nil {
				t.Fatal(err)
			}
			if (s == nil) != (c.kind == event.KindNone) {
				t.Fatalf("%+v", s)
			}
			if s != nil && (s.kind != c.kind || s.reason != c.reason) {
				t.Errorf("%s %q", s.kind, s.reason)
			}
		})
	}
}

// A password that was asked for is the method of the session that follows, in
// the process or in the one that forked it.
func TestMethod(t *testing.T) {
	for name, c := range map[string]struct {
		asked bool
		user  string
		want  string
	}{"password": {true, "alice", "password"}, "nothing asked": {false, "alice", ""}, "another": {true, "bob", ""}} {
		d := &pamDecoder{kernel: sensortest.Clock{}, texts: kernel.NewTexts(), proved: map[int64]proof{}}
		flags := uint32(0)
		if c.asked {
			flags = pamAsked
		}
		for _, r := range []kernel.Record{body(pamAuthenticate, flags, 0, 100, "sshd", c.user), body(pamOpen, 0, 0, 100, "sshd", "alice")} {
			s, err := d.decode(r)
			if err != nil {
				t.Fatal(err)
			}
			if s != nil && s.logon.Method != c.want {
				t.Errorf("%s: %q, want %q", name, s.logon.Method, c.want)
			}
		}
	}
}

// A handle that is not what it is taken for is not believed.
func TestBlind(t *testing.T) {
	d := &pamDecoder{kernel: sensortest.Clock{}, texts: kernel.NewTexts(), proved: map[int64]proof{}}
	s, err := d.decode(body(pamOpen, pamUnchecked, 0, 100, "\x01\x02 garbage", "alice"))
	if err != nil || s == nil || s.logon.UserName != "" || s.logon.Service != "" || s.reason == "" {
		t.Errorf("%+v %v", s, err)
	}
	s, err = d.decode(body(pamOpen, pamUnchecked, 0, 100, "sshd", "alice"))
	if err != nil || s == nil || s.logon.UserName != "alice" {
		t.Errorf("%+v %v", s, err)
	}
}
