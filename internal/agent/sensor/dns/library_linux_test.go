package dns_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/library"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// privateLibrary copies the C library into a folder of the test and has the
// sandbox ask the server of the test: a probe of the copy is in nobody else's way.
func privateLibrary(t *testing.T) string {
	t.Helper()
	sensortest.Scope(t) // the sandbox, or none of this
	if _, err := exec.LookPath("getent"); err != nil {
		t.Skip("SKIPPED: no getent here")
	}
	if err := os.WriteFile("/etc/resolv.conf", []byte("nameserver 127.0.0.1\noptions attempts:1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("/lib/*-linux-gnu/libc.so.6")
	if err != nil || len(names) == 0 {
		t.Skip("SKIPPED: no glibc where it usually is")
	}
	in, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	copied := filepath.Join(t.TempDir(), "libc.so.6")
	out, err := os.OpenFile(copied, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return copied
}

// getent runs getent with the copied library.
func getent(library string, cgroup *os.File, args ...string) *exec.Cmd {
	c := exec.Command("getent", args...)
	c.Env = []string{"PATH=/usr/bin:/bin", "LD_LIBRARY_PATH=" + filepath.Dir(library)}
	if cgroup != nil {
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
	}
	return c
}

func inLibrary(e *event.Event) bool { return e.DNS != nil && e.DNS.ViaLibrary }

func TestLibrary(t *testing.T) {
	copied := privateLibrary(t)
	r, _ := start(t, dns.Options{Libraries: []string{copied}})
	for _, c := range []struct {
		database, name string
		fails          string
		addresses      []string
	}{
		{"ahosts", "Call.vedette.test", "", []string{"127.0.9.1", "fd00::1"}}, // getaddrinfo
		{"ahosts", "nobody.vedette.test", "EAI_NONAME", nil},
		{"hosts", "old.vedette.test", "", []string{"fd00::1"}}, // gethostbyname2
		{"hosts", "none.vedette.test", "HOST_NOT_FOUND", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := getent(copied, nil, c.database, c.name)
			out, err := cmd.CombinedOutput()
			if (err != nil) != (c.fails != "") {
				t.Fatalf("%v\n%s", err, out)
			}
			pid := int64(cmd.ProcessState.Pid())
			lower := map[string]string{"Call.vedette.test": "call.vedette.test"}[c.name]
			if lower == "" {
				lower = c.name
			}
			e := r.Wait(t, "call", 1, func(e *event.Event) bool { return inLibrary(e) && e.Process.PID == pid })[0]
			if e.Kind != event.DNSQuery || e.DNS.Name != lower || e.ErrorCode != c.fails || e.Net != nil || (e.Outcome == "success") != (c.fails == "") {
				t.Errorf("%+v %s %s", e.DNS, e.Outcome, e.ErrorCode)
			}
			slices.Sort(e.DNS.Resolved)
			if !slices.Equal(e.DNS.Resolved, c.addresses) {
				t.Errorf("addresses %v, want %v", e.DNS.Resolved, c.addresses)
			}
			// The packets of the same process are events of their own.
			r.Wait(t, "packet", 1, func(e *event.Event) bool {
				return e.Kind == event.DNSQuery && !e.DNS.ViaLibrary && e.DNS.Name == lower && e.Process.PID == pid
			})
		})
	}
}

// After an upgrade, a new file of the same name, look-ups are seen in that one.
func TestLibraryUpgrade(t *testing.T) {
	copied := privateLibrary(t)
	r, _ := start(t, dns.Options{Libraries: []string{copied}, Upgrades: time.Second})
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied+".new", text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(copied+".new", copied); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); len(r.All(inLibrary)) == 0; {
		if out, err := getent(copied, nil, "ahosts", "new.vedette.test").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if time.Now().After(end) {
			t.Fatal("the new library is not watched")
		}
	}
	before := len(r.All(inLibrary))
	if out, err := getent(copied, nil, "ahosts", "one.vedette.test").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	one := func(e *event.Event) bool { return inLibrary(e) && e.DNS.Name == "one.vedette.test" }
	r.Wait(t, "call", 1, one)
	if n := len(r.All(one)); n != 1 || before == 0 {
		t.Errorf("%d events of one call", n)
	}
}

// An address as text is no name: nobody is asked, nothing is told.
func TestLibraryAddress(t *testing.T) {
	copied := privateLibrary(t)
	r, k := start(t, dns.Options{Libraries: []string{copied}})
	for _, name := range []string{"127.0.0.1", "::1", "mark.vedette.test"} {
		if out, err := getent(copied, nil, "ahosts", name).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	r.Wait(t, "mark", 1, func(e *event.Event) bool { return inLibrary(e) && e.DNS.Name == "mark.vedette.test" })
	k.Drain()
	if n := len(r.All(inLibrary)); n != 1 {
		t.Errorf("%d calls are told, want the one with a name", n)
	}
}

// Who maps the same file outside of the scope comes to the breakpoint too, and
// is not told.
func TestLibraryScope(t *testing.T) {
	copied := privateLibrary(t)
	inside, outside := sensortest.Cgroup(t, "inside"), sensortest.Cgroup(t, "outside")
	k := sensortest.Kernel(t, kernel.Options{Scope: inside})
	r, _ := start(t, dns.Options{Kernel: k, Libraries: []string{copied}})
	for _, cgroup := range []*os.File{outside, inside} {
		if out, err := getent(copied, cgroup, "ahosts", "scoped.vedette.test").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	r.Wait(t, "call", 1, inLibrary)
	k.Drain()
	if n := len(r.All(inLibrary)); n != 1 {
		t.Errorf("%d calls are told, want one", n)
	}
}

// Without a cgroup there are still the calls: the lower rung.
func TestLibraryAlone(t *testing.T) {
	copied := privateLibrary(t)
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, dns.New(dns.Options{Kernel: k, Libraries: []string{copied}, Rung: "uprobe"}))
	startServer(t)
	if out, err := getent(copied, nil, "ahosts", "alone.vedette.test").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := r.Wait(t, "call", 1, inLibrary)[0]
	if e.Rung != "uprobe" || e.DNS.Name != "alone.vedette.test" {
		t.Errorf("%s %+v", e.Rung, e.DNS)
	}
}

// A C library that is not where one usually is, as in a container, is watched
// from when a process was seen loading it.
func TestLibraryOfAProcess(t *testing.T) {
	copied := privateLibrary(t)
	k := sensortest.Kernel(t, kernel.Options{})
	names := dns.New(dns.Options{Kernel: k})
	startServer(t)
	var own syscall.Stat_t
	if err := syscall.Stat("/proc/self/ns/mnt", &own); err != nil {
		t.Fatal(err)
	}
	r := sensortest.RunWith(t, func(e *event.Event) {
		if slices.Contains(names.Follows(), e.Kind) { // as it comes through the pipeline
			e.Process.Namespaces = &event.Namespaces{Mount: int64(own.Ino)}
			names.Follow(e)
		}
	}, names, library.New(library.Options{Kernel: k}))
	for i := 0; len(r.All(inLibrary)) == 0; i++ {
		if i == 100 {
			t.Fatal("no call is told")
		}
		if out, err := getent(copied, nil, "ahosts", "contained.vedette.test").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		k.Drain()
	}
	if e := r.All(inLibrary)[0]; e.DNS.Name != "contained.vedette.test" || e.Rung != "uprobe" {
		t.Errorf("%s %+v", e.Rung, e.DNS)
	}
	if n := names.Missed(); n != 0 {
		t.Errorf("%d loads are missed", n)
	}
}

// Who has the rung uprobe off has no breakpoints in C libraries, and the host says
// so; packets are told as before.
func TestLibraryOff(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		startServer(t)
		s := dns.New(dns.Options{Kernel: k, Rung: rung})
		ctx, cancel := context.WithCancel(sensor.Without(t.Context(), []string{"uprobe"}))
		r := new(sensortest.Recorder)
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx, r.Emit) }()
		e := r.Wait(t, "rung", 1, sensortest.Kinds(event.AgentSensor))[0]
		if !strings.Contains(e.Status.RungReason, "look-ups in the C library: off by kernel.rungs_off") {
			t.Errorf("%q", e.Status.RungReason)
		}
		if _, err := resolver("udp").LookupHost(t.Context(), "packets.vedette.test."); err != nil {
			t.Error(err)
		}
		r.Wait(t, "query", 1, of(event.DNSQuery, "packets.vedette.test", "A"))
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
