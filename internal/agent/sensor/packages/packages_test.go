package packages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: GNU C Library
 Version: not this one

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: half
Status: install reinstreq half-installed
Architecture: all
Version: 3:1.0~rc1
`

const installed = `C:Q1x=
P:musl
V:1.2.5-r0
A:x86_64
F:lib
R:libc.so

P:busybox
V:1.36
`

func keys(items []watched.Item) string {
	var out []string
	for _, it := range items {
		out = append(out, it.Key+"="+it.Get(fieldVersion))
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	if got := keys(parseDpkg(watched.File{Content: []byte(status)})); got != "libc6:amd64=2.36-9 half:all=3:1.0~rc1" {
		t.Errorf("dpkg: %s", got)
	}
	if got := keys(parseApk(watched.File{Content: []byte(installed)})); got != "musl:x86_64=1.2.5-r0 busybox:=1.36" {
		t.Errorf("apk: %s", got)
	}
	if got := parseDpkg(watched.File{Content: []byte("\n\nVersion: 1\n\n")}); len(got) != 0 {
		t.Errorf("without a name: %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(status))
	f.Add([]byte(installed))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func(watched.File) []watched.Item{parseDpkg, parseApk} {
			items := parse(watched.File{Content: b})
			if len(items) > len(b) {
				t.Fatalf("%d packages of %d bytes", len(items), len(b))
			}
			for _, it := range items {
				if it.Key == ":" || len(it.Key) > 2*maxText+1 || len(it.Get(fieldVersion)) > maxText {
					t.Fatalf("%+v", it)
				}
			}
		}
	})
}

type rig struct {
	t    *testing.T
	root string
	s    *Sensor
	all  chan *event.Event
}

func start(t *testing.T, files map[string]string) *rig {
	t.Helper()
	r := &rig{t: t, root: t.TempDir(), all: make(chan *event.Event, 10000)}
	for p, content := range files {
		r.put(p, content)
	}
	r.s = New(Options{Root: r.root, State: t.TempDir()})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.s.Run(ctx, func(e *event.Event) { r.all <- e }); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	if e := r.next(); e.Kind != event.AgentSensor || e.Status.Rung != watched.Rung {
		t.Fatalf("%+v", e)
	}
	return r
}

func (r *rig) put(p, content string) {
	r.t.Helper()
	full := filepath.Join(r.root, p)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full+"-new", []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(full+"-new", full); err != nil {
		r.t.Fatal(err)
	}
}

// replace is put as a program does it that the sensor of files sees.
func (r *rig) replace(p, content string) {
	r.t.Helper()
	r.put(p, content)
	r.s.Follow(&event.Event{
		Kind: event.FileRename, Time: event.At(time.Now()), File: &event.File{Path: p, OriginalPath: p + "-new"},
		Process: &event.Process{PID: 1 << 30, EntityID: "dpkg"},
	})
}

func (r *rig) next() *event.Event {
	r.t.Helper()
	select {
	case e := <-r.all:
		return e
	case <-time.After(10 * time.Second):
		r.t.Fatal("no event")
		return nil
	}
}

func (r *rig) want(text string) {
	r.t.Helper()
	e := r.next()
	c := e.Change
	got := fmt.Sprintf("%s %s %s %s %v %v %v", e.Kind, c.PackageType, c.Name, c.PackageVersion, c.Fields, c.Before, c.After)
	if got != text || e.Process == nil || e.Process.EntityID != "dpkg" {
		r.t.Errorf("%s by %+v\nwant %s", got, e.Process, text)
	}
}

func TestPackages(t *testing.T) {
	r := start(t, map[string]string{"/var/lib/dpkg/status": status, "/lib/apk/db/installed": installed, "/var/lib/rpm/rpmdb.sqlite": "x"})
	nmap := "Package: nmap\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.93\n\n"
	r.replace("/var/lib/dpkg/status", nmap+status)
	r.want("package_install deb nmap 7.93 [version architecture] [ ] [7.93 amd64]")
	r.replace("/var/lib/dpkg/status", strings.Replace(nmap, "7.93", "7.94", 1)+status)
	r.want("package_install deb nmap 7.94 [version] [7.93] [7.94]")
	r.replace("/var/lib/dpkg/status", strings.Replace(nmap, "install ok installed", "deinstall ok config-files", 1)+status)
	r.want("package_remove deb nmap 7.94 [version architecture] [7.94 amd64] [ ]")
	r.replace("/lib/apk/db/installed", installed[:strings.Index(installed, "P:busybox")])
	r.want("package_remove apk busybox 1.36 [version architecture] [1.36 ] [ ]")
	r.replace("/var/lib/rpm/rpmdb.sqlite", "xy")
	e := r.next()
	if e.Kind != event.PackageInstall || e.Change.PackageType != "rpm" || e.Change.Name != "" || !strings.HasPrefix(e.Reason, reasonRPM) || strings.Contains(e.Reason, "longer") || e.Outcome != "" {
		t.Errorf("%+v %+v", e, e.Change)
	}
}

// All packages of a large run are told, and a database of megabytes is read.
func TestLargeDatabase(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "Package: p%d\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nDescription: %s\n\n", i, strings.Repeat("text ", 300))
	}
	r := start(t, map[string]string{"/var/lib/dpkg/status": b.String()})
	begin := time.Now()
	r.replace("/var/lib/dpkg/status", strings.ReplaceAll(b.String(), "Version: 1", "Version: 2"))
	for i := range 3000 {
		if e := r.next(); e.Change == nil || e.Change.Name != fmt.Sprint("p", i) || e.Reason != "" {
			t.Fatalf("event %d: %+v", i, e)
		}
	}
	t.Logf("%d bytes compared and told in %v", b.Len(), time.Since(begin))
}
