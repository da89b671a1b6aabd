package ship_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/agent/spool/spooltest"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const agentID = "aaaaaaaaaaaa"

// The manager cannot be reached for a while: nothing is lost, the order is
// kept, and the agent is back within a minute.
func TestWA25_ManagerUnreachable(t *testing.T) {
	for _, away := range []time.Duration{10 * time.Minute, time.Hour} {
		t.Run(away.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTwin(t, time.Now)
				sp, err := spool.Open(filepath.Join(t.TempDir(), "spool"), spool.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = sp.Close() }()
				_, stop := w.run(t, ship.Options{Dir: w.enroll(t, nil), Spool: sp})
				defer stop()
				var want []int64
				for i := range int64(60) {
					emit(t, sp, event.ProcessStart, i+1)
					want = append(want, i+1)
					switch i {
					case 10:
						time.Sleep(5 * time.Second)
						if got := w.sequences(); !slices.Equal(got, want) {
							t.Fatalf("connected: got %v, want %v", got, want)
						}
						w.reach(false)
					case 50:
						if n := len(w.sequences()); n > 11 {
							t.Fatalf("%d events over no network", n)
						}
						w.reach(true)
					}
					time.Sleep(away / 40)
				}
				time.Sleep(time.Minute + 10*time.Second)
				if got := w.sequences(); !slices.Equal(got, want) {
					t.Fatalf("got %v, want %v", got, want)
				}
				if st := sp.Stats(); st.Lost != 0 {
					t.Fatalf("lost %d", st.Lost)
				}
				w.pauses(t, away)
			})
		})
	}
}

func TestVitalFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, time.Now)
		q := spooltest.NewMemory()
		kinds := []event.Kind{event.FileOpen, event.FileWrite, event.NetConnect, event.FileChmod, event.ProcessStart}
		for i := range int64(500) {
			emit(t, q, kinds[i%5], i+1)
		}
		_, stop := w.run(t, ship.Options{Dir: w.enroll(t, nil), Spool: q, BatchBytes: 200})
		defer stop()
		time.Sleep(3 * time.Second)
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.events) != 500 {
			t.Fatalf("%d events", len(w.events))
		}
		// the last few of a lane may gather while the next one is served
		got := [5]int{}
		for i, e := range w.events {
			c := e.Kind.Class()
			if got[c]++; got[c] == 1 && c < 4 && got[c+1] < 80 {
				t.Fatalf("event %d is of class %d after %d of the class above", i, c, got[c+1])
			}
		}
	})
}

// What the spool has goes at once: gathering is the spool's part.
func TestWhatIsReadableGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, time.Now)
		q := spooltest.NewMemory()
		_, stop := w.run(t, ship.Options{Dir: w.enroll(t, nil), Spool: q})
		defer stop()
		time.Sleep(time.Second)
		for i, k := range []event.Kind{event.FileWrite, event.ProcessStart, event.FindingRaise} {
			emit(t, q, k, int64(i+1))
			synctest.Wait()
		}
		if got := w.sequences(); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Fatalf("shipped %v", got)
		}
	})
}

func TestRefusalsAreToldAsLosses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, time.Now)
		q := spooltest.NewMemory()
		var mu sync.Mutex
		var told []spool.Loss
		w.answer = func(b *wirepb.Batch) []*wirepb.FromManager {
			switch b.GetFirst() {
			case 1:
				return []*wirepb.FromManager{refused(b, 1, b.GetCount(), "whole")}
			case 4:
				return []*wirepb.FromManager{refused(b, 5, 1, "one"), ack(b)}
			}
			return []*wirepb.FromManager{ack(b)}
		}
		s, stop := w.run(t, ship.Options{Dir: w.enroll(t, nil), Spool: q, Lost: func(l spool.Loss) { mu.Lock(); defer mu.Unlock(); told = append(told, l) }})
		defer stop()
		for n := range int64(9) {
			emit(t, q, event.ProcessStart, n+1)
			if n%3 == 2 {
				time.Sleep(time.Second)
			}
		}
		w.reach(false)
		w.reach(true)
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		want := []spool.Loss{
			{Lane: 4, Epoch: 1, First: 1, Last: 3, Count: 3, From: 1, To: 3, Reason: "refused by the manager: whole"},
			{Lane: 4, Epoch: 1, First: 5, Last: 6, Count: 1, From: 4, To: 6, Reason: "refused by the manager: one"},
		}
		if !slices.Equal(told, want) {
			t.Fatalf("told %+v", told)
		}
		if st := s.Stats(); st.Refused != 4 || len(w.batches) != 3 {
			t.Fatalf("stats %+v, %d batches: a refused one was sent again", st, len(w.batches))
		}
	})
}

// What the manager has is not sent again; what it has not is, after a cut.
func TestWelcomeMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, time.Now)
		w.welcome = []*wirepb.Mark{{Epoch: 1, Lane: 4, Sequence: 3}, {Epoch: 9, Lane: 4, Sequence: 99}}
		w.answer = func(*wirepb.Batch) []*wirepb.FromManager { return nil } // reads and never says
		q := spooltest.NewMemory()
		for n := range int64(6) {
			emit(t, q, event.ProcessStart, n+1)
		}
		_, stop := w.run(t, ship.Options{Dir: w.enroll(t, nil), Spool: q})
		defer stop()
		time.Sleep(time.Second)
		w.mu.Lock()
		if len(w.batches) != 1 || w.batches[0].GetFirst() != 4 || w.batches[0].GetLast() != 6 {
			t.Fatalf("sent %v", w.batches)
		}
		w.answer = nil
		w.mu.Unlock()
		w.reach(false)
		w.reach(true)
		time.Sleep(time.Minute)
		if got := w.sequences(); !slices.Equal(got, []int64{4, 5, 6}) {
			t.Fatalf("sent again %v", got)
		}
	})
}

func TestCertificateIsRenewedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := newTwin(t, func() time.Time { return time.Now().Add(-54 * 24 * time.Hour) })
		then := func() time.Time { return start.Add(-54 * 24 * time.Hour) }
		dir := w.enroll(t, then)
		before, err := ship.LoadIdentity(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, stop := w.run(t, ship.Options{Dir: dir, Spool: spooltest.NewMemory(), Beat: time.Hour})
		defer stop()
		time.Sleep(time.Minute)
		if w.read(&w.renewals) != 0 {
			t.Fatal("renewed long before the end")
		}
		for day := 0; w.read(&w.renewals) == 0; day++ {
			if day > 10 {
				t.Fatal("not renewed after two thirds of its life")
			}
			time.Sleep(24 * time.Hour)
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		after, err := ship.LoadIdentity(dir)
		if err != nil || after.Key.Equal(before.Key) || after.Chain[0].Equal(before.Chain[0]) {
			t.Fatalf("key or certificate is the old one: %v", err)
		}
		if w.read(&w.streams) != 2 {
			t.Fatalf("%d streams: the new certificate is not in use", w.read(&w.streams))
		}
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	other := newTwin(t, time.Now)
	for name, c := range map[string]struct {
		change func(w *twin, o *ship.EnrollOptions)
		says   []string
	}{
		"unreachable":       {func(w *twin, _ *ship.EnrollOptions) { w.down = true }, []string{"manager:8444", "cannot be reached", "port open"}},
		"no token":          {func(_ *twin, o *ship.EnrollOptions) { o.Token = "" }, []string{"token create"}},
		"token with a typo": {func(_ *twin, o *ship.EnrollOptions) { o.Token = o.Token[:len(o.Token)-1] }, []string{"copy it whole"}},
		"expired token": {func(_ *twin, o *ship.EnrollOptions) {
			o.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
		}, []string{"expired at", "token create"}},
		"another manager": {func(_ *twin, o *ship.EnrollOptions) { o.Dial = other.dial }, []string{"not the manager of the token", "nothing was sent"}},
		"refused": {func(w *twin, _ *ship.EnrollOptions) {
			w.refuse = status.Error(codes.PermissionDenied, "token is used up")
		}, []string{"the manager says: token is used up"}},
		"clock is wrong": {func(w *twin, o *ship.EnrollOptions) {
			o.Token = late(w)
			o.Now = func() time.Time { return time.Now().Add(200 * 24 * time.Hour) }
		}, []string{"expired", "check the address"}},
		"something else there": {func(_ *twin, o *ship.EnrollOptions) { o.Dial = noTLS }, []string{"encrypted connection", "manager:8444"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t, time.Now)
			o := ship.EnrollOptions{Token: w.token.String(), Dir: filepath.Join(t.TempDir(), "identity"), Dial: w.dial}
			c.change(w, &o)
			_, err := ship.Enroll(t.Context(), o)
			for _, s := range c.says {
				if err == nil || !strings.Contains(err.Error(), s) {
					t.Fatalf("got %v, want %q", err, s)
				}
			}
			if _, err := os.Stat(o.Dir); err == nil {
				t.Fatal("a failed enrolment left files")
			}
		})
	}
}

func late(w *twin) string {
	t := w.token
	t.Expires = t.Expires.AddDate(1, 0, 0)
	return t.String()
}

// noTLS answers as a program that does not speak TLS.
func noTLS(context.Context, string) (net.Conn, error) {
	a, b := net.Pipe()
	go func() {
		go func() { _, _ = io.Copy(io.Discard, a) }()
		_, _ = a.Write([]byte("220 mail.example.org ESMTP\r\n"))
		_ = a.Close()
	}()
	return b, nil
}

// The state of a running agent says why it is not connected; what needs a
// person is tried seldom.
func TestStateSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTwin(t, time.Now)
		dir := w.enroll(t, nil)
		w.refuse = status.Error(codes.PermissionDenied, "host was deleted")
		s, stop := w.run(t, ship.Options{Dir: dir, Spool: spooltest.NewMemory()})
		defer stop()
		time.Sleep(10 * time.Minute)
		if !strings.Contains(s.State(), "host was deleted") || w.read(&w.streams) > 4 {
			t.Fatalf("state %q after %d streams", s.State(), w.read(&w.streams))
		}
		w.mu.Lock()
		w.refuse = nil
		w.mu.Unlock()
		time.Sleep(6 * time.Minute)
		if s.State() != "connected to manager:8444" || w.read(&w.beats) == 0 {
			t.Fatalf("state %q, %d beats", s.State(), w.read(&w.beats))
		}
		was := w.read(&w.beats)
		time.Sleep(time.Minute)
		if n := w.read(&w.beats) - was; n != 6 {
			t.Fatalf("%d beats in a minute", n)
		}
	})
}

func TestIdentityFile(t *testing.T) {
	w := newTwin(t, time.Now)
	dir := w.enroll(t, nil)
	path := filepath.Join(dir, "identity.json")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st.Mode(), err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Fatal(st.Mode(), err)
	}
	if _, err := ship.LoadIdentity(t.TempDir()); !errors.Is(err, ship.ErrNotEnrolled) || !strings.Contains(err.Error(), "agent enroll") {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"cut":           string(text[:len(text)/2]),
		"another agent": strings.Replace(string(text), agentID, "bbbbbbbbbbbb", 1),
		"no addresses":  strings.Replace(string(text), "manager:8444", "manager", 1),
		"another key":   strings.Replace(string(text), pemOf(t, text), otherKey(t), 1),
	} {
		if bad == string(text) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ship.LoadIdentity(dir); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "enrol this host again") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pemOf returns the key's text in an identity.
func pemOf(t *testing.T, text []byte) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(text), "BEGIN PRIVATE KEY-----")
	body, _, ok := strings.Cut(rest, "-----END PRIVATE KEY")
	if !ok {
		t.Fatal("no key in the identity")
	}
	return body
}

func otherKey(t *testing.T) string {
	t.Helper()
	k, err := wire.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return pemOf(t, []byte(escaped(t, k)))
}

func escaped(t *testing.T, k *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("-----BEGIN PRIVATE KEY-----\\n%s\\n-----END PRIVATE KEY-----", base64Lines(der))
}

func base64Lines(der []byte) string {
	text := base64.StdEncoding.EncodeToString(der)
	var lines []string
	for ; len(text) > 64; text = text[64:] {
		lines = append(lines, text[:64])
	}
	return strings.Join(append(lines, text), `\n`)
}
